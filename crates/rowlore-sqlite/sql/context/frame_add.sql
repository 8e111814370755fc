insert into rowlore_context (actor, reason, request, data, db_user, application, client, at, since_event_id)
select ?1, ?2, ?3, ?4, ?5, ?6, ?7, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), last_event_id
from rowlore_state
