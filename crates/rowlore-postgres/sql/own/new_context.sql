create or replace function rowlore.new_context() returns bigint
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
as $rowlore$
-- Called by a capture trigger when rowlore.context_id is not the one to use: once per transaction with a context of its
-- own, once per session without. The settings, as capture triggers read them:
--   rowlore.frame       '{…}': said by set_context, not written yet
--                       newline and application_name: rowlore.context_id is valid while the name is still that one
--                       anything else: nothing is known yet
--   rowlore.context_id  '+N': a program's own frame, for this transaction; 'N': the session's, for the session
declare
  app text := current_setting('application_name');
  address text := host(inet_client_addr());
  context_id bigint;
begin
  if starts_with(current_setting('rowlore.frame', true), '{') then
    insert into rowlore.context (frame, db_user, application, client, at)
      values (current_setting('rowlore.frame')::jsonb, session_user, app, address, clock_timestamp())
      returning id into context_id;
    perform set_config('rowlore.context_id', '+' || context_id, true),
            set_config('rowlore.frame', E'\n' || app, true);
    return context_id;
  end if;
  if starts_with(current_setting('rowlore.frame', true), E'\n')
     and starts_with(current_setting('rowlore.context_id', true), '+') then
    -- application_name changed inside a program's own context: the context stays.
    perform set_config('rowlore.frame', E'\n' || app, true);
    return current_setting('rowlore.context_id')::bigint;
  end if;
  -- Two sessions may write the same row twice. That is harmless, and waiting for each other is not.
  select c.id into context_id from rowlore.context c
    where c.frame is null and c.db_user = session_user and c.application = app
      and c.client is not distinct from address
    order by c.id limit 1;
  if context_id is null then
    insert into rowlore.context (db_user, application, client, at)
      values (session_user, app, address, clock_timestamp())
      returning id into context_id;
  end if;
  perform set_config('rowlore.context_id', context_id::text, false),
          set_config('rowlore.frame', E'\n' || app, false);
  return context_id;
end
$rowlore$;
