
#variable_conflict use_column
<<rl>>
declare
  context_id bigint := nullif(current_setting('rowlore.context_id', true), '');
  at timestamptz := clock_timestamp();
  xid bigint := pg_current_xact_id()::text::bigint;
  recorded boolean := false;
begin
  if rl.context_id is null
     or current_setting('rowlore.context_application', true) is distinct from current_setting('application_name') then
    rl.context_id := rowlore.open_context();
  end if;
{{records}}
  if rl.recorded and left(current_setting('rowlore.frame', true), 1) = '{' then
    perform rowlore.write_context();
  end if;
  return null;
end
