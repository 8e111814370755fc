select c.relname as name,
  coalesce(jsonb_agg(jsonb_build_array(a.attname, pg_catalog.format_type(a.atttypid, -1)) order by a.attnum)
    filter (where a.attname not like 'rl\_%'), '[]') as columns
from pg_catalog.pg_class c
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'rowlore'::regnamespace and c.relkind in ('r', 'p')
  and exists (select from pg_catalog.pg_attribute i where i.attrelid = c.oid and i.attname = 'rl_event_id')
group by c.relname
order by c.relname
