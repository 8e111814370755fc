-- The columns of one table ($1): their base types, how their values are compared (as sql/inspect/tables.sql has it), and
-- which of them only the database writes.
with recursive base as (
  select a.attnum, a.attname, a.attgenerated, a.attidentity, a.attcollation, t.oid, t.typtype, t.typbasetype
  from pg_attribute a join pg_type t on t.oid = a.atttypid
  where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped
  union all
  select b.attnum, b.attname, b.attgenerated, b.attidentity, b.attcollation, t.oid, t.typtype, t.typbasetype
  from base b join pg_type t on t.oid = b.typbasetype
  where b.typtype = 'd'
)
select b.attname::text as name, format_type(b.oid, -1) as kind,
  case
    when co.collisdeterministic = false then 'bytes'
    when coalesce(e.typtype, t.typtype) in ('e', 'r', 'm') then 'native'
    when coalesce(e.typtype, t.typtype) <> 'b' then 'text'
    when coalesce(e.typname, t.typname) = 'interval' then 'text'
    when coalesce(e.typname, t.typname) in ('varchar', 'cidr') then 'native'
    when exists (
      select from pg_operator o
      where o.oprname = '=' and o.oprnamespace = 'pg_catalog'::regnamespace
        and o.oprleft = coalesce(e.oid, t.oid) and o.oprright = o.oprleft and (o.oprcanhash or o.oprcanmerge))
      then 'native'
    else 'text'
  end as compare,
  b.attgenerated <> '' as generated,
  b.attgenerated = 'v' as virtual
from base b
join pg_type t on t.oid = b.oid
left join pg_type e on e.oid = t.typelem and t.typcategory = 'A'
left join pg_collation co on co.oid = b.attcollation
where b.typtype <> 'd'
order by b.attnum
