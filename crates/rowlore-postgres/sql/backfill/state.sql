select t.id, t.installation, t.backfill_after, t.backfill_rows,
  greatest(0, (
    select sum(c.reltuples)::bigint from pg_partition_tree(t.table_oid) tree
    join pg_class c on c.oid = tree.relid where tree.isleaf and c.reltuples > 0),
    (select c.reltuples::bigint from pg_class c where c.oid = t.table_oid)) as rows_estimated
from rowlore.tracked t
where t.schema_name = $1 and t.table_name = $2 and t.active
for update of t
