create or replace function rowlore.set_context(frame jsonb) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $rowlore$
-- Says who acts, and why, from here to the end of the transaction (or to the next call):
--   select rowlore.set_context('{"actor": "user:5", "reason": "price list", "request": "r-81", "data": {"ip": "…"}}');
-- Only settings of this transaction are written, so it is safe behind a transaction pooler and undone by
-- `rollback to savepoint`. The row in rowlore.context is written with the first event, by write_context.
begin
  if frame is null or jsonb_typeof(frame) <> 'object' then
    raise exception 'rowlore.set_context takes a JSON object'
      using hint = 'For example {"actor": "user:5", "reason": "…"}; rowlore.clear_context() ends a context.';
  end if;
  if frame - array['actor', 'reason', 'request', 'data'] <> '{}'
     or jsonb_typeof(coalesce(nullif(frame -> 'data', 'null'), '{}')) <> 'object' then
    raise exception 'rowlore.set_context knows actor, reason, request and data (an object) only'
      using hint = 'Put what is your own under "data".';
  end if;
  perform set_config('rowlore.frame', frame::text, true),
          set_config('rowlore.context_id', nextval('rowlore.context_id')::text, true),
          set_config('rowlore.context_application', current_setting('application_name'), true);
end
$rowlore$;
