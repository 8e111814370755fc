-- It takes a number of the one sequence, so that it stands between the events before and after it.
update rowlore_state set suspended = ?1, last_event_id = last_event_id + 1
