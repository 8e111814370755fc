create or replace function rowlore.resume(outer_trackers text) returns void
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
as $rowlore$
-- Ends a scope: what was in force before it is again. Takes what rowlore.suspend gave. Anybody may call it: a scope can
-- only end into one that is around it, never into one that ended already.
declare
  in_force rowlore.suspension;
  outer_one rowlore.suspension;
  begun bigint;
begin
  -- After a dump is restored, numbers of transactions come again.
  select s.* into in_force from rowlore.suspension s
    where s.xid = txid_current() and s.at >= transaction_timestamp() order by s.id desc limit 1;
  if coalesce(in_force.id::text, '') = outer_trackers then
    return;  -- A savepoint was rolled back meanwhile: the scope never began.
  end if;
  if outer_trackers <> '' then
    with recursive outers as (
      select s.* from rowlore.suspension s where s.id = in_force.outer_id
      union all
      select s.* from rowlore.suspension s join outers o on s.id = o.outer_id)
    select * into outer_one from outers where id::text = outer_trackers;
    if outer_one.id is null then
      raise exception 'no scope of this transaction has "%" around it', outer_trackers
        using errcode = 'undefined_object', hint = 'Give rowlore.resume what rowlore.suspend gave.';
    end if;
  elsif in_force.id is null or in_force.trackers = '{}' then
    return;
  end if;
  insert into rowlore.suspension (xid, at, context_id, trackers, outer_id, ends)
    values (txid_current(), clock_timestamp(), in_force.context_id, coalesce(outer_one.trackers, '{}'),
      outer_one.outer_id, true)
    returning id into begun;
  perform set_config('rowlore.suspended', case when outer_one.trackers <> '{}' then begun::text else '' end, true);
end
$rowlore$;
