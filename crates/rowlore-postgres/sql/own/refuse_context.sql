create or replace function rowlore.refuse_context() returns text
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $rowlore$
begin
  raise exception 'rowlore.set_context takes a JSON object of actor, reason, request and data (an object)'
    using errcode = 'invalid_parameter_value',
          hint = 'For example {"actor": "user:5", "data": {"ip": "10.0.0.1"}}; rowlore.clear_context() ends a context.';
end
$rowlore$;
