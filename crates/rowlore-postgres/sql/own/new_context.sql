create or replace function rowlore.new_context() returns bigint
  language plpgsql security definer
as $rowlore$
-- Called by a capture trigger when rowlore.context_id is not the one to use: once per transaction with a context of its
-- own, once per session without. The settings, as capture triggers read them:
--   rowlore.frame       '{…}': said by set_context, not written yet
--                       newline and application_name: rowlore.context_id is valid while the name is still that one
--                       anything else: nothing is known yet
--   rowlore.context_id  '+N': a program's own frame, for this transaction; 'N': the session's, for the session
-- As in capture functions, every name has its schema, since setting a search_path costs more than all the rest.
declare
  app pg_catalog.text;
  address pg_catalog.text;
  context_id bigint;
begin
  if pg_catalog.starts_with(pg_catalog.current_setting('rowlore.frame', true), '{') then
    -- One statement, since each expression of a function costs a new transaction as much as half an index does.
    insert into rowlore.context (frame, db_user, application, client, at)
      values (pg_catalog.current_setting('rowlore.frame')::pg_catalog.jsonb, session_user,
        pg_catalog.current_setting('application_name'), pg_catalog.host(pg_catalog.inet_client_addr()),
        pg_catalog.clock_timestamp())
      returning case
        when pg_catalog.set_config('rowlore.context_id', '+' operator(pg_catalog.||) id::pg_catalog.text, true) is not null
         and pg_catalog.set_config('rowlore.frame', E'\n' operator(pg_catalog.||) application, true) is not null
        then id end into context_id;
    return context_id;
  end if;
  app := pg_catalog.current_setting('application_name');
  if pg_catalog.starts_with(pg_catalog.current_setting('rowlore.frame', true), E'\n')
     and pg_catalog.starts_with(pg_catalog.current_setting('rowlore.context_id', true), '+') then
    -- application_name changed inside a program's own context: the context stays.
    perform pg_catalog.set_config('rowlore.frame', E'\n' operator(pg_catalog.||) app, true);
    return pg_catalog.current_setting('rowlore.context_id')::bigint;
  end if;
  address := pg_catalog.host(pg_catalog.inet_client_addr());
  -- Two sessions may write the same row twice. That is harmless, and waiting for each other is not.
  select pg_catalog.min(c.id) into context_id from rowlore.context c
    where c.frame is null and c.db_user operator(pg_catalog.=) session_user::pg_catalog.text
      and c.application operator(pg_catalog.=) app
      and coalesce(c.client, '') operator(pg_catalog.=) coalesce(address, '');
  if context_id is null then
    insert into rowlore.context (db_user, application, client, at)
      values (session_user, app, address, pg_catalog.clock_timestamp())
      returning id into context_id;
  end if;
  perform pg_catalog.set_config('rowlore.context_id', context_id::pg_catalog.text, false),
          pg_catalog.set_config('rowlore.frame', E'\n' operator(pg_catalog.||) app, false);
  return context_id;
end
$rowlore$;
