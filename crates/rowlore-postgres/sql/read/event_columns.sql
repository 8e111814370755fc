select a.attname::text, format_type(a.atttypid, -1)
from pg_attribute a
join pg_class c on c.oid = a.attrelid
where c.relnamespace = 'rowlore'::regnamespace and c.relname = $1::text
  and a.attnum > 0 and not a.attisdropped and a.attname not like 'rl\_%'
order by a.attnum
