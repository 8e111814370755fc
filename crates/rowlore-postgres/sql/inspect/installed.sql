-- Every object of rowlore's: what it is, and its definition in a form that the renderer can write too.
select 'function' as kind, p.proname as name, null as schema_name, null as table_name,
  concat_ws('|', case when p.prosecdef then 'definer' else 'invoker' end, coalesce(array_to_string(p.proconfig, ','), ''), p.prosrc,
    -- Whoever owns a function can change what it does.
    case when p.proowner <> n.nspowner then 'owned by somebody else' end)
    as definition,
  true as enabled
from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where p.pronamespace = 'rowlore'::regnamespace
union all
select 'trigger', t.tgname, n.nspname, c.relname,
  concat_ws('|', t.tgtype, f.proname, coalesce(t.tgoldtable, ''), coalesce(t.tgnewtable, ''),
    case when t.tgqual is not null or t.tgattr <> '' then 'fires only sometimes' end),
  t.tgenabled in ('O', 'A')
from pg_catalog.pg_trigger t
join pg_catalog.pg_class c on c.oid = t.tgrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_proc f on f.oid = t.tgfoid
-- A row trigger of a partitioned table stands on each partition as a clone.
where not t.tgisinternal and t.tgparentid = 0
  and (f.pronamespace = 'rowlore'::regnamespace or t.tgname = 'zz_rowlore_suppress')
union all
select 'index', c.relname, null, null,
  (select string_agg(a.attname, ',' order by k.place)
   from unnest(i.indkey::int2[]) with ordinality as k(attnum, place)
   join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum),
  i.indisvalid
from pg_catalog.pg_index i
join pg_catalog.pg_class c on c.oid = i.indexrelid
join pg_catalog.pg_class e on e.oid = i.indrelid
where c.relnamespace = 'rowlore'::regnamespace
  and exists (select from pg_catalog.pg_attribute a where a.attrelid = e.oid and a.attname = 'rl_event_id')
