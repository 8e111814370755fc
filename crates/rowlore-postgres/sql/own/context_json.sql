create or replace function rowlore.context_json() returns jsonb
  language plpgsql stable security definer
as $rowlore$
-- Who and why as a copy for each event, for event tables that hold it themselves. Called by capture triggers. Where the
-- frame is depends on whether another event table of this transaction had its row in rowlore.context written: see
-- new_context. Stable, and in names with their schemas, for the same reasons as there.
declare
  said pg_catalog.text := pg_catalog.current_setting('rowlore.frame', true);
  frame pg_catalog.jsonb;
begin
  if pg_catalog.starts_with(said, '{') then
    frame := said::pg_catalog.jsonb;
  elsif pg_catalog.starts_with(said, E'\n')
     and pg_catalog.starts_with(pg_catalog.current_setting('rowlore.context_id', true), '+') then
    select c.frame into frame from rowlore.context c
      where c.id operator(pg_catalog.=) pg_catalog.current_setting('rowlore.context_id')::pg_catalog.int8;
  end if;
  return pg_catalog.jsonb_build_object(
    'actor', frame operator(pg_catalog.->) 'actor', 'reason', frame operator(pg_catalog.->) 'reason',
    'request', frame operator(pg_catalog.->) 'request', 'data', frame operator(pg_catalog.->) 'data',
    'db_user', session_user, 'application', pg_catalog.current_setting('application_name'),
    'client', pg_catalog.host(pg_catalog.inet_client_addr()));
end
$rowlore$;
