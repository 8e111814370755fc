-- Every table a person might name, with its columns as event tables repeat them.
with recursive
-- Every table of the user's: not rowlore's, and no event table, wherever it is. What looks like one and belongs to
-- somebody else is none: see event_tables.sql.
users as (
  select c.oid from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname <> 'rowlore'
    and n.nspname <> 'information_schema' and n.nspname not like 'pg\_%'
    and (c.relkind not in ('r', 'p') or 3 > (
      select count(*) from pg_catalog.pg_attribute a
      where a.attrelid = c.oid and a.attname in ('rl_event_id', 'rl_op', 'rl_image'))
    or (c.relowner <> current_user::regrole and not coalesce((
      select pg_has_role(c.relowner, o.nspowner, 'member')
      from pg_catalog.pg_namespace o where o.nspname = 'rowlore'), false)))
),
domain_base as (
  select t.oid as type_oid, t.oid as base_oid, t.typtype, t.typbasetype from pg_catalog.pg_type t
  union all
  select d.type_oid, t.oid, t.typtype, t.typbasetype
  from domain_base d join pg_catalog.pg_type t on t.oid = d.typbasetype
  where d.typtype = 'd'
),
-- Whether a base type has an equality that says "the same value": a hashable or mergeable = of pg_catalog.
-- (box has an =, but it compares areas.)
comparable as (
  select t.oid,
    case
      when t.typtype in ('e', 'r', 'm') then true
      when t.typtype <> 'b' then false
      -- An interval of a month equals one of 30 days, and is another value.
      when t.typname = 'interval' then false
      else t.typname in ('varchar', 'cidr') or exists (
        select from pg_catalog.pg_operator o
        where o.oprname = '=' and o.oprnamespace = 'pg_catalog'::regnamespace
          and o.oprleft = t.oid and o.oprright = t.oid and (o.oprcanhash or o.oprcanmerge))
    end as native
  from pg_catalog.pg_type t
),
columns as (
  select a.attrelid, jsonb_agg(jsonb_build_object(
      'name', a.attname,
      'event_type', pg_catalog.format_type(d.base_oid, -1),
      'compare', case
        when co.collisdeterministic = false then 'bytes'
        when t.typcategory = 'A' and t.typelem <> 0 then
          case when (select c.native from domain_base e join comparable c on c.oid = e.base_oid
                     where e.type_oid = t.typelem and e.typtype <> 'd') then 'native' else 'text' end
        when c.native then 'native'
        else 'text'
      end,
      'recordable', a.attgenerated <> 'v') order by a.attnum) as columns
  from pg_catalog.pg_attribute a
  join domain_base d on d.type_oid = a.atttypid and d.typtype <> 'd'
  join pg_catalog.pg_type t on t.oid = d.base_oid
  join comparable c on c.oid = d.base_oid
  left join pg_catalog.pg_collation co on co.oid = a.attcollation
  where a.attnum > 0 and not a.attisdropped and a.attrelid in (select oid from users)
  group by a.attrelid
),
-- Tables that inherit in the old way, at all levels, and who they inherit from.
heirs as (
  select h.inhparent as parent, h.inhrelid as child
  from pg_catalog.pg_inherits h join pg_catalog.pg_class p on p.oid = h.inhparent and p.relkind in ('r', 'f')
  union
  select heirs.parent, h.inhrelid
  from heirs join pg_catalog.pg_inherits h on h.inhparent = heirs.child
)
select
  n.nspname as schema_name,
  c.relname as table_name,
  case
    when c.relkind in ('v', 'm') then 'view'
    when c.relkind = 'f' or exists (
      select from pg_catalog.pg_partition_tree(c.oid) tree join pg_catalog.pg_class p on p.oid = tree.relid
      where c.relkind = 'p' and p.relkind = 'f') or exists (
      select from heirs join pg_catalog.pg_class p on p.oid = heirs.child
      where heirs.parent = c.oid and p.relkind = 'f') then 'foreign'
    when c.relispartition then 'partition'
    when c.relkind = 'p' then 'partitioned'
    else 'table'
  end as kind,
  coalesce(columns.columns, '[]') as columns,
  coalesce((
    select array_agg(a.attname::text order by k.place)
    from pg_catalog.pg_index i
    cross join lateral unnest(i.indkey::int2[]) with ordinality as k(attnum, place)
    join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
    where i.indrelid = c.oid and i.indisprimary and k.place <= i.indnkeyatts), '{}') as primary_key,
  coalesce(case when c.relkind = 'p' then (
    select jsonb_agg(jsonb_build_array(pn.nspname, p.relname) order by pn.nspname, p.relname)
    from pg_catalog.pg_partition_tree(c.oid) tree
    join pg_catalog.pg_class p on p.oid = tree.relid
    join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
    where tree.level > 0 and p.relkind in ('r', 'p')) end, '[]') as partitions,
  coalesce((
    select array_agg(a.attname::text) from pg_catalog.pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.atthasdef and a.attgenerated = ''), '{}')
    as defaults,
  coalesce((
    select jsonb_agg(jsonb_build_array(hn.nspname, h.relname) order by hn.nspname, h.relname)
    from heirs join pg_catalog.pg_class h on h.oid = heirs.child
    join pg_catalog.pg_namespace hn on hn.oid = h.relnamespace
    where heirs.parent = c.oid and h.relkind = 'r'), '[]') as children,
  exists (select from heirs where heirs.child = c.oid) as inherits,
  coalesce((
    select jsonb_agg(jsonb_build_object(
      -- In quotes, as a name of two parts is read back whatever is in it.
      'table', concat('"', replace(tn.nspname, '"', '""'), '"."', replace(t.relname, '"', '""'), '"'),
      'columns', (
        select jsonb_agg(a.attname order by k.place) from unnest(f.conkey) with ordinality as k(attnum, place)
        join pg_catalog.pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.attnum),
      'target', (
        select jsonb_agg(a.attname order by k.place) from unnest(f.confkey) with ordinality as k(attnum, place)
        join pg_catalog.pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.attnum)) order by f.conname, f.oid)
    from pg_catalog.pg_constraint f
    join pg_catalog.pg_class t on t.oid = f.confrelid
    join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace
    -- A foreign key to a partitioned table has a constraint for each of its partitions besides.
    where f.conrelid = c.oid and f.contype = 'f' and f.conparentid = 0), '[]') as foreign_keys,
  coalesce((
    select jsonb_agg((
      select jsonb_agg(a.attname order by k.place)
      from unnest(i.indkey::int2[]) with ordinality as k(attnum, place)
      join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
      where k.place <= i.indnkeyatts) order by i.indisprimary desc, i.indexrelid)
    from pg_catalog.pg_index i
    where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null), '[]')
    as uniques,
  coalesce((
    select array_agg(a.attname::text order by a.attnum)
    from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      and (a.attnotnull or (t.typtype = 'd' and t.typnotnull))
      and not a.atthasdef and a.attidentity = '' and a.attgenerated = ''
      and not (t.typtype = 'd' and t.typdefault is not null)), '{}') as required,
  coalesce((
    select jsonb_agg(jsonb_build_array(a.attname, a.attidentity = 'a') order by a.attnum)
    from pg_catalog.pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      and (a.attgenerated <> '' or a.attidentity = 'a')), '[]') as generated,
  array_remove(array[
    case when c.relowner <> (select oid from pg_catalog.pg_roles where rolname = current_user)
          and (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
      'its owner is ' || pg_catalog.pg_get_userbyid(c.relowner) || ', and its triggers would run with the rights of '
      || current_user || ', a superuser: by a type or cast of their own, the owner could use them; apply as the owner, '
      || 'or as a role made for rowlore' end,
    case when c.relforcerowsecurity then
      'row level security is forced on its owner too: reading its rows for the baseline needs a role that bypasses it'
      end,
    case when exists (select from heirs where heirs.parent = c.oid) then
      'other tables inherit from it, and their rows are recorded as its own: no constraint keeps their keys apart, so '
      || 'see to it that no two rows of these tables have the same key' end], null) as notes
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join columns on columns.attrelid = c.oid
where c.oid in (select oid from users)
order by 1, 2
