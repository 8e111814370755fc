create or replace function rowlore.{{function}}() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp{{settings}}
as $rowlore${{body}}$rowlore$;
revoke all on function rowlore.{{function}}() from public;
