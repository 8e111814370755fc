create or replace function rowlore.end_truncate() returns trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $rowlore$
-- Partitioned tables were truncated whole: their events are written, and their partitions, whose triggers have all
-- fired by now, may speak for themselves again.
begin
  perform set_config('rowlore.truncating', '', true);
  return null;
end
$rowlore$;
