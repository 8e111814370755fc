insert into rowlore_suspension (id, trackers, scope, at, xid, context_id)
select last_event_id, ?1, ?2, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), xid, context_id from rowlore_state
