delete from rowlore_context
where id = ?1 and since_event_id = (select last_event_id from rowlore_state)
