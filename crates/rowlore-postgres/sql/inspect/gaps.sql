-- What keeps changes from being recorded although all is installed, each a sentence.
with capturing as (
  -- The functions that record, their owners, the table whose changes they see, and where they record into.
  select distinct p.proowner, t.table_oid, x.event_table
  from rowlore.tracked t
  join pg_trigger g on g.tgrelid = t.table_oid and not g.tgisinternal
  join pg_proc p on p.oid = g.tgfoid and p.pronamespace = 'rowlore'::regnamespace and p.prosecdef
  cross join lateral (
    select to_regclass(format('%I.%I', coalesce(e ->> 'schema', 'rowlore'), e ->> 'name')) as event_table
    from jsonb_array_elements(t.installation #> '{capture,events}') e) x
  where t.active and x.event_table is not null
)
select format('%s session_replication_role = replica by their settings: no trigger fires for them, and what they write is not recorded; run `alter %s reset session_replication_role`',
    case when s.setrole = 0 then format('all sessions of the database %I have', d.datname)
         when s.setdatabase = 0 then format('the sessions of the role %I have', r.rolname)
         else format('the sessions of the role %I in the database %I have', r.rolname, d.datname) end,
    case when s.setrole = 0 then format('database %I', d.datname)
         when s.setdatabase = 0 then format('role %I', r.rolname)
         else format('role %I in database %I', r.rolname, d.datname) end) as gap
from pg_db_role_setting s
left join pg_database d on d.oid = s.setdatabase
left join pg_roles r on r.oid = s.setrole
where (s.setdatabase = 0 or d.datname = current_database())
  and exists (select from unnest(s.setconfig) c where c = 'session_replication_role=replica')
union all
select 'this session runs with session_replication_role = replica: what it writes is not recorded'
where current_setting('session_replication_role') = 'replica'
union all
select distinct format('%s, who owns the functions that record changes of %s, may not insert into %s: writes to the table fail; run `grant insert on %s to %s`',
  pg_get_userbyid(c.proowner), c.table_oid, c.event_table, c.event_table, pg_get_userbyid(c.proowner))
from capturing c where not has_table_privilege(c.proowner, c.event_table, 'insert')
union all
select distinct format('%s, who owns the functions that record changes of %s, may not use the schema %s: writes to the table fail; run `grant usage on schema %s to %s`',
  pg_get_userbyid(c.proowner), c.table_oid, n.nspname, n.nspname, pg_get_userbyid(c.proowner))
from capturing c join pg_class e on e.oid = c.event_table join pg_namespace n on n.oid = e.relnamespace
where not has_schema_privilege(c.proowner, n.oid, 'usage')
union all
select distinct format('%s, who owns the functions that record changes of %s, may not use the sequence rowlore.event_id: writes to the table fail; run `grant usage on sequence rowlore.event_id to %s`',
  pg_get_userbyid(c.proowner), c.table_oid, pg_get_userbyid(c.proowner))
from capturing c where not has_sequence_privilege(c.proowner, 'rowlore.event_id', 'usage')
union all
select distinct format('%s, who owns the functions that record changes of %s, may not read that table, which belongs to %s: its baseline and its truncates can''t be recorded; run `grant select on %s to %s`',
  pg_get_userbyid(c.proowner), c.table_oid, pg_get_userbyid(t.relowner), c.table_oid, pg_get_userbyid(c.proowner))
from capturing c join pg_class t on t.oid = c.table_oid
where t.relowner <> c.proowner and not has_table_privilege(c.proowner, c.table_oid, 'select')
union all
select distinct format('%s owns the schema %s and may drop the event table %s, and put a table in its place whose triggers run with the rights of %s; run `alter schema %s owner to %s`, or declare another schema for it',
  pg_get_userbyid(o.owner), n.nspname::regnamespace, c.event_table, pg_get_userbyid(c.proowner), n.nspname::regnamespace, pg_get_userbyid(c.proowner))
from capturing c join pg_class e on e.oid = c.event_table join pg_namespace n on n.oid = e.relnamespace
-- A schema of pg_database_owner is that of whoever owns the database.
cross join lateral (select case when pg_get_userbyid(n.nspowner) = 'pg_database_owner'
  then (select d.datdba from pg_database d where d.datname = current_database()) else n.nspowner end as owner) o
where not pg_has_role(o.owner, c.proowner, 'member')
order by 1
