create or replace function rowlore.end_truncate() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
as $rowlore$
-- A partitioned table was truncated whole: its event is written, and its partitions, whose triggers have all fired by
-- now, may speak for themselves again.
begin
  delete from rowlore.truncating where xid = txid_current();
  return null;
end
$rowlore$;
