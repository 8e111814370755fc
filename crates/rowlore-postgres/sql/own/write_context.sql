create or replace function rowlore.write_context() returns void
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
as $rowlore$
-- Called by a capture trigger after its first event in an explicit context: writes the frame that set_context left.
declare
  frame jsonb := current_setting('rowlore.frame');
begin
  insert into rowlore.context (id, actor, reason, request, data, explicit, db_user, application, client, at)
  values (
    current_setting('rowlore.context_id')::bigint,
    frame ->> 'actor', frame ->> 'reason', frame ->> 'request',
    nullif(nullif(frame -> 'data', 'null'), '{}'),
    true, session_user, current_setting('application_name'), host(inet_client_addr()), clock_timestamp());
  perform set_config('rowlore.frame', 'written', true);
end
$rowlore$;
