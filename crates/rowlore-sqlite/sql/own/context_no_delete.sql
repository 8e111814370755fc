create trigger {{trigger}} before delete on rowlore_context
when old.since_event_id < (select last_event_id from rowlore_state)
begin
    select raise(abort, 'rowlore: a context is never deleted once an event can use it');
end
