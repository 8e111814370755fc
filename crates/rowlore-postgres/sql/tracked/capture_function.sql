create or replace function rowlore.{{function}}() returns trigger
  language plpgsql security definer{{settings}}
as $rowlore${{body}}$rowlore$;
revoke all on function rowlore.{{function}}() from public;
