create or replace function rowlore.clear_context() returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $rowlore$
-- Ends a context before its transaction ends: what follows is attributed to the session alone.
begin
  perform set_config('rowlore.frame', '', true), set_config('rowlore.context_id', '', true);
end
$rowlore$;
