create or replace function rowlore.{{function}}() returns trigger
  language plpgsql security definer{{settings}}
as {{quote}}{{body}}{{quote}};
revoke all on function rowlore.{{function}}() from public;
