create or replace function rowlore.{{function}}(label text, rows jsonb) returns bigint[]
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set row_security = off
as {{quote}}{{body}}{{quote}};
