-- The columns that these tables ($1) have today, and whether this reader sees all of their rows.
select r.name,
  case when to_regclass(r.name) is null then false
       else has_table_privilege(to_regclass(r.name), 'select') and not row_security_active(to_regclass(r.name)) end
    as readable,
  coalesce(array_agg(a.attname::text order by a.attnum) filter (where a.attname is not null), '{}') as names,
  coalesce(array_agg(format_type(a.atttypid, -1) order by a.attnum) filter (where a.attname is not null), '{}') as types
from unnest($1::text[]) as r(name)
left join pg_attribute a on a.attrelid = to_regclass(r.name) and a.attnum > 0 and not a.attisdropped
group by r.name
