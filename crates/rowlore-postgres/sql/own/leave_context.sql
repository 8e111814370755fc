create or replace function rowlore.leave_context(outer_context text) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $rowlore$
-- Ends a nested scope: the outer context is the very same one as before, with the row it has, if it has one.
declare
  was json := outer_context::json;
begin
  perform set_config('rowlore.context_id', was ->> 0, true), set_config('rowlore.frame', was ->> 1, true);
end
$rowlore$;
