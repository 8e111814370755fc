create or replace function rowlore.known_trackers() returns table (spelled text, tracker text, label text)
  language sql stable
  set search_path = pg_catalog, pg_temp
as $rowlore$
  -- What rowlore.suspend can be told: each way to write a table's name, alone and with a label; and what it is called in
  -- rowlore.suspension. Labels that only programs record have no tracker.
  with one as (
    select t.installation #>> '{capture,table}' as tracker, t.installation #> '{capture,rules}' as rules,
      coalesce(n.nspname, t.schema_name) as schema_name, coalesce(c.relname, t.table_name) as table_name
    from rowlore.tracked t
    left join pg_class c on c.oid = t.table_oid
    left join pg_namespace n on n.oid = c.relnamespace
    where t.active),
  named as (
    select distinct one.tracker, one.rules, part.spelled from one cross join lateral (
      values (one.tracker), (one.table_name), ('"' || replace(one.table_name, '"', '""') || '"'),
        (one.schema_name || '.' || one.table_name),
        ('"' || replace(one.schema_name, '"', '""') || '"."' || replace(one.table_name, '"', '""') || '"'),
        (one.schema_name || '."' || replace(one.table_name, '"', '""') || '"')) part (spelled))
  select n.spelled, n.tracker, null from named n
  union all
  select distinct n.spelled || ':' || (r ->> 'label'), n.tracker || ':' || (r ->> 'label'), r ->> 'label'
  from named n, jsonb_array_elements(n.rules) r
$rowlore$;
