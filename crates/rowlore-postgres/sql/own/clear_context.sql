create or replace function rowlore.clear_context() returns text
  language sql
as $rowlore$
  -- Ends a context before its transaction ends: what follows is attributed to the session alone.
  select pg_catalog.set_config('rowlore.frame', '', true)
$rowlore$;
