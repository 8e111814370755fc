-- The columns that a statement may write, with another value for each that can be changed: in SQL over the row t.
select a.attname::text as name,
  case
    when b.typcategory = 'A' then format('array_append(t.%I, null)', a.attname)
    when b.typtype = 'e' then format('(select e from unnest(enum_range(null::%s)) e where e is distinct from t.%I limit 1)',
      b.oid::regtype, a.attname)
    when b.typname in ('int2', 'int4', 'int8', 'numeric', 'float4', 'float8') then format('coalesce(t.%I, 0) + 1', a.attname)
    when b.typname in ('text', 'varchar') then format('coalesce(t.%I, '''') || '' ''', a.attname)
    when b.typname = 'bpchar' then format('case when t.%1$I = ''x'' then ''y'' else ''x'' end', a.attname)
    when b.typname = 'bool' then format('not coalesce(t.%I, false)', a.attname)
    when b.typname = 'date' then format('coalesce(t.%I, current_date) + 1', a.attname)
    when b.typname in ('timestamp', 'timestamptz') then format('coalesce(t.%I, now()) + interval ''1 day''', a.attname)
    when b.typname = 'time' then format('coalesce(t.%I, ''0:00'') + interval ''1 minute''', a.attname)
    when b.typname = 'interval' then format('coalesce(t.%I, ''0'') + interval ''1 day''', a.attname)
    when b.typname = 'uuid' then 'gen_random_uuid()'
    when b.typname in ('json', 'jsonb') then format('jsonb_build_array(t.%I)::%s', a.attname, b.typname)
    when b.typname = 'bytea' then format('coalesce(t.%I, '''') || ''\x00''::bytea', a.attname)
  end as other
from pg_attribute a
join pg_type t on t.oid = a.atttypid
-- A domain's base, or the type itself; a domain over a domain is left as it is.
join pg_type b on b.oid = case when t.typtype = 'd' then t.typbasetype else t.oid end
where a.attrelid = $1::text::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
order by a.attnum
