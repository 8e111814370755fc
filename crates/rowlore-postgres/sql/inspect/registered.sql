-- What was written down, and what each table is called today. By its oid: a table that was dropped and made again
-- is another one, until the next apply writes it down. The mark changes with every version of the row.
select t.id, concat(t.xmin, ' ', t.applied_at) as mark, t.active, n.nspname as schema_now, c.relname as table_now, to_jsonb({{suspended}}) #>> '{}' as suspended
from rowlore.tracked t
left join pg_catalog.pg_class c on c.oid = t.table_oid
left join pg_catalog.pg_namespace n on n.oid = c.relnamespace
order by t.id
