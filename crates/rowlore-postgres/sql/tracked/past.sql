-- What a function gives can't be replaced, only made anew; and what reads it with it.
do {{quote}}
declare
  rl_function pg_catalog.regprocedure;
begin
  if exists (
    select from pg_catalog.pg_proc p
    where p.pronamespace = 'rowlore'::regnamespace and p.proname = {{function_text}}
      and (p.proargnames is distinct from case p.pronargs when 1 then {{names_all}} else {{names_row}} end
        or p.proallargtypes is distinct from case p.pronargs when 1 then {{types_all}} else {{types_row}} end))
  then
    drop view if exists rowlore.{{view}};
    for rl_function in select p.oid from pg_catalog.pg_proc p
      where p.pronamespace = 'rowlore'::regnamespace and p.proname = {{function_text}}
    loop
      execute pg_catalog.format('drop function %s', rl_function);
    end loop;
  end if;
end
{{quote}};
create or replace function rowlore.{{function}}(rl_at timestamptz) returns table ({{columns}})
  language plpgsql stable
  set search_path = pg_catalog, pg_temp
  set jit = off
as {{quote}}{{body_all}}{{quote}};
create or replace function rowlore.{{function}}(rl_at timestamptz, {{key_params}}) returns table ({{columns}})
  language plpgsql stable
  set search_path = pg_catalog, pg_temp
  set jit = off
as {{quote}}{{body_row}}{{quote}};
{{create_view}}
