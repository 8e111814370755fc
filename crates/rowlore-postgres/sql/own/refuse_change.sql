create or replace function rowlore.refuse_change() returns trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $rowlore$
-- Events and contexts are append-only for everyone.
begin
  raise exception '%.% is append-only: % refused', tg_table_schema, tg_table_name, lower(tg_op)
    using errcode = 'insufficient_privilege',
          hint = 'Recorded history is not changed. To stop recording, take the table out of rowlore.toml and apply.';
end
$rowlore$;
