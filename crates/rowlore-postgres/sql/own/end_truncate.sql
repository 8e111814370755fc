create or replace function rowlore.end_truncate() returns trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $rowlore$
-- A partitioned table was truncated whole: its event is written, and its partitions may speak for themselves again.
begin
  perform set_config('rowlore.truncating', '', true);
  return null;
end
$rowlore$;
