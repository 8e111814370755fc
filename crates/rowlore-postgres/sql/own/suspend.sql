create or replace function rowlore.suspend(trackers text[]) returns text
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
as $rowlore$
-- Opens a scope in which these trackers do not record, besides those that do not already:
--   select rowlore.suspend('{public.books, shop.orders:price.raised}');
-- Each is a table (all its trackers) or table:label. What it gives ends the scope: rowlore.resume(…). It ends with the
-- transaction at the latest, and is undone by `rollback to savepoint`. Nobody but its owner may call it until
--   grant execute on function rowlore.suspend(text[]) to loader;
-- The setting only says that there is something to look up: what is in force stands in rowlore.suspension.
declare
  in_force rowlore.suspension;
  wanted text[] := '{}';
  one text;
  named text[];
  of_table text;
  known text[];
  near text;
  begun bigint;
begin
  if coalesce(array_length(trackers, 1), 0) = 0 then
    raise exception 'rowlore.suspend takes at least one tracker'
      using errcode = 'syntax_error', hint = 'Name a table, or table:label.';
  end if;
  -- No apply in the meantime: it would begin a new tracking whose baseline does not hold what is written here.
  perform pg_advisory_xact_lock_shared(32210657973203557);
  foreach one in array trackers loop
    named := array(select distinct k.tracker from rowlore.known_trackers() k where k.spelled = one);
    if array_length(named, 1) > 1 then
      raise exception '"%" may be any of: %', one, array_to_string(named, ', ')
        using errcode = 'ambiguous_alias', hint = 'Write the schema too.';
    elsif array_length(named, 1) is null then
      select k.tracker into of_table from rowlore.known_trackers() k
        where k.label is null and starts_with(one, k.spelled || ':') order by length(k.spelled) desc limit 1;
      near := rowlore.nearest(one, array(select k.spelled from rowlore.known_trackers() k order by 1));
      known := array(select distinct k.tracker from rowlore.known_trackers() k
        where case when of_table is null then k.label is null else k.tracker like of_table || ':%' end order by 1);
      raise exception '%', case when of_table is null then format('nothing that is tracked is called "%s"', one)
          else format('%s has no tracker with the label of "%s"', of_table, one) end
        using errcode = 'undefined_object', hint = case
          when near is not null then format('did you mean `%s`?', near)
          when known = '{}' then 'nothing is tracked here'
          else 'there are: ' || array_to_string(known, ', ') end;
    end if;
    wanted := wanted || named;
  end loop;
  -- After a dump is restored, numbers of transactions come again.
  select s.* into in_force from rowlore.suspension s
    where s.xid = txid_current() and s.at >= transaction_timestamp() order by s.id desc limit 1;
  insert into rowlore.suspension (xid, at, context_id, trackers, outer_id, ends)
    select txid_current(), clock_timestamp(),
      (case when current_setting('rowlore.frame', true) = E'\n' || current_setting('application_name')
        then current_setting('rowlore.context_id')::bigint else rowlore.context_id() end),
      array(select distinct t from unnest(in_force.trackers || wanted) t order by t), in_force.id, false
    returning id into begun;
  perform set_config('rowlore.suspended', begun::text, true);
  return coalesce(in_force.id::text, '');
end
$rowlore$;
