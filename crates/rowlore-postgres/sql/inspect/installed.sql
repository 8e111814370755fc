-- Every object of rowlore's: what it is, and its definition in a form that the renderer can write too.
with event_tables as (
  select c.oid, c.relispartition, n.nspname, c.relname
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname in ('rl_event_id', 'rl_op', 'rl_image')
  where c.relkind in ('r', 'p') and n.nspname not like 'pg\_%'
  group by c.oid, c.relispartition, n.nspname, c.relname
  having count(*) = 3
),
-- Partitions of event tables that whoever may can change, truncate or drop rows of: a guard stands on each of them.
unguarded as (
  select i.inhparent as oid, i.inhrelid
  from pg_catalog.pg_inherits i join event_tables e on e.oid = i.inhrelid
  where e.relispartition and not exists (
    select from pg_catalog.pg_trigger p join pg_catalog.pg_trigger t on t.tgrelid = i.inhrelid and t.tgname = p.tgname
    where p.tgrelid = i.inhparent and p.tgname = 'rowlore_append_only'
      and t.tgfoid = p.tgfoid and t.tgtype = p.tgtype and t.tgenabled in ('O', 'A')
      and t.tgqual is null and t.tgattr = '')
)
-- Functions of one name, with more or fewer arguments, are one object.
select 'function' as kind, p.proname as name, null as schema_name, null as table_name,
  string_agg(concat_ws('|', case when p.prosecdef then 'definer' else 'invoker' end, coalesce(array_to_string(p.proconfig, ','), ''), p.prosrc,
    -- Whoever owns a function can change what it does. Another operator may, who can act as the owner anyway.
    case when not pg_has_role(p.proowner, n.nspowner, 'member') then 'owned by somebody else' end), E'\n' order by p.pronargs)
    as definition,
  true as enabled
from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where p.pronamespace = 'rowlore'::regnamespace
group by p.proname
union all
-- A view's comment says what it was made from, and what the server made of it then.
select 'view', c.relname, null, null,
  case split_part(obj_description(c.oid, 'pg_class'), ' ', 2) when md5(pg_get_viewdef(c.oid))
    then concat_ws('|', split_part(obj_description(c.oid, 'pg_class'), ' ', 1),
      case when not pg_has_role(c.relowner, n.nspowner, 'member') then 'owned by somebody else' end)
    else 'changed by hand' end,
  true
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relnamespace = 'rowlore'::regnamespace and c.relkind = 'v'
union all
select 'trigger', t.tgname, n.nspname, c.relname,
  concat_ws('|', t.tgtype, f.proname, coalesce(t.tgoldtable, ''), coalesce(t.tgnewtable, ''),
    case when t.tgqual is not null or t.tgattr <> '' then 'fires only sometimes' end),
  t.tgenabled in ('O', 'A')
    and not (t.tgname = 'rowlore_append_only' and c.oid in (select u.oid from unguarded u))
from pg_catalog.pg_trigger t
join pg_catalog.pg_class c on c.oid = t.tgrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_proc f on f.oid = t.tgfoid
-- A row trigger of a partitioned table stands on each partition as a clone.
where not t.tgisinternal and t.tgparentid = 0
  and not exists (select from event_tables e where e.oid = c.oid and e.relispartition)
  and (f.pronamespace = 'rowlore'::regnamespace or t.tgname = 'zz_rowlore_suppress')
union all
-- Indexes of event tables. In a schema of the user's only those that have names of rowlore's.
select 'index', c.relname, nullif(e.nspname, 'rowlore'), case when e.nspname <> 'rowlore' then e.relname end,
  (select string_agg(a.attname, ',' order by k.place)
   from unnest(i.indkey::int2[]) with ordinality as k(attnum, place)
   join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum),
  i.indisvalid
from pg_catalog.pg_index i
join pg_catalog.pg_class c on c.oid = i.indexrelid
join event_tables e on e.oid = i.indrelid and not e.relispartition
where e.nspname = 'rowlore' or c.relname ~ '_(of_key|of_old_key|in_order|by_[0-9a-f]{8})$'
