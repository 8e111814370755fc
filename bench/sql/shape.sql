select string_agg(attname || ' ' || format_type(atttypid, atttypmod) || case when attnotnull then ' not null' else '' end,
  ', ' order by attnum)
from pg_attribute
where attrelid = 'public.items'::regclass and attnum > 0 and not attisdropped
