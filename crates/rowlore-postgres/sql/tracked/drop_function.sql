do {{quote}}
declare
  rl_function pg_catalog.regprocedure;
begin
  -- Of one name there may be several.
  for rl_function in select p.oid from pg_catalog.pg_proc p
    where p.pronamespace = 'rowlore'::regnamespace and p.proname = {{function}}
  loop
    execute pg_catalog.format('drop function %s', rl_function);
  end loop;
end
{{quote}};
