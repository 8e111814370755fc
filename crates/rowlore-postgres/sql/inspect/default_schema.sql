-- The schema that a name without one means to this user: as the connection came, not as this transaction set it.
select coalesce((
  select n.nspname::text
  from unnest(string_to_array((select reset_val from pg_catalog.pg_settings where name = 'search_path'), ','))
    with ordinality as path(entry, place)
  join pg_catalog.pg_namespace n
    on n.nspname = case when btrim(entry) in ('"$user"', '$user') then current_user::text
                        else btrim(btrim(entry), '"') end
  order by path.place limit 1), 'public')
