-- Every event table: in rowlore's own schema by its first column, elsewhere by three that no other table has. One that
-- is partitioned is one table.
select c.relname as name,
  nullif(n.nspname, 'rowlore') as schema_name,
  coalesce(jsonb_agg(jsonb_build_array(a.attname, pg_catalog.format_type(a.atttypid, -1)) order by a.attnum)
    filter (where a.attname not like 'rl\_%'), '[]') as columns,
  coalesce(array_agg(a.attname::text order by a.attnum) filter (where a.attname like 'rl\_%' and a.attname <> all (
    '{rl_event_id,rl_xid,rl_at,rl_context_id,rl_op,rl_image,rl_label,rl_old_key}')), '{}') as own_columns,
  c.relkind = 'p' as partitioned,
  coalesce((
    select jsonb_agg(jsonb_build_array(p.relname, begins.at::timestamptz,
        -- One that ends with the world ends at the last moment that has a name.
        case when ends.at <> 'infinity' then ends.at::timestamptz else '9999-12-30' end) order by begins.at::timestamptz)
    from pg_catalog.pg_inherits i
    join pg_catalog.pg_class p on p.oid = i.inhrelid
    -- The partition for the rest, and one that begins with the world, begin at no moment.
    cross join lateral substring(pg_catalog.pg_get_expr(p.relpartbound, p.oid) from $$(?i)from \('([^']*)'\)$$) as begins(at)
    cross join lateral substring(pg_catalog.pg_get_expr(p.relpartbound, p.oid) from $$(?i)to \('([^']*)'\)$$) as ends(at)
    where i.inhparent = c.oid and isfinite(begins.at::timestamptz)), '[]') as partitions
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not like 'pg\_%'
  -- Outside our schema somebody else could put a table there, whose triggers would run with the rights of whoever
  -- applies and of the capture functions.
  -- (Of several operators each may act as the owner of our schema.)
  and (n.nspname = 'rowlore' or c.relowner = current_user::regrole or coalesce((
    select pg_has_role(c.relowner, o.nspowner, 'member')
    from pg_catalog.pg_namespace o where o.nspname = 'rowlore'), false))
group by c.oid, c.relname, n.nspname, c.relkind
having bool_or(a.attname = 'rl_event_id')
  and (n.nspname = 'rowlore' or count(*) filter (where a.attname in ('rl_op', 'rl_image')) = 2)
order by n.nspname <> 'rowlore', n.nspname, c.relname
