create or replace function rowlore.enter_context(frame jsonb) returns text
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $rowlore$
-- Opens a nested scope: as set_context, but gives back the outer context for leave_context.
declare
  outer_context text := json_build_array(
    coalesce(current_setting('rowlore.context_id', true), ''), coalesce(current_setting('rowlore.frame', true), ''));
begin
  perform rowlore.set_context(frame);
  return outer_context;
end
$rowlore$;
