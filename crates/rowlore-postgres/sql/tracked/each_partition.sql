
-- The same on each partition.
select pg_catalog.set_config('rowlore.event_table', {{events}}, true), pg_catalog.set_config('rowlore.do', {{do}}, true);
do $rowlore$
declare
  part pg_catalog.regclass;
begin
  for part in select inhrelid from pg_catalog.pg_inherits
    where inhparent = pg_catalog.current_setting('rowlore.event_table')::pg_catalog.regclass
  loop
    execute pg_catalog.format(pg_catalog.current_setting('rowlore.do'), part);
  end loop;
end
$rowlore$;
