create or replace function rowlore.open_context() returns bigint
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
as $rowlore$
-- Called by a capture trigger when the session has no context yet, or changed its application_name: finds or writes
-- the row that stands for such sessions, and remembers it for the whole session. So a transaction without a context
-- of its own costs no insert. Two sessions may write the same row twice; that is harmless, and waiting is not.
declare
  app text := current_setting('application_name');
  address text := host(inet_client_addr());
  found_id bigint;
begin
  if coalesce(current_setting('rowlore.frame', true), '') <> '' then
    -- An explicit context, written already or not: application_name changed inside it, and the context stays.
    perform set_config('rowlore.context_application', app, true);
    return current_setting('rowlore.context_id')::bigint;
  end if;
  select c.id into found_id from rowlore.context c
    where not c.explicit and c.db_user = session_user and c.application is not distinct from app
      and c.client is not distinct from address
    order by c.id limit 1;
  if found_id is null then
    insert into rowlore.context (explicit, db_user, application, client, at)
      values (false, session_user, app, address, clock_timestamp())
      returning id into found_id;
  end if;
  perform set_config('rowlore.context_id', found_id::text, false),
          set_config('rowlore.context_application', app, false);
  return found_id;
end
$rowlore$;
