-- One event that the program makes itself: what it gives, and for the rest the row as it stands.
insert into {{events}} (rl_event_id, rl_op, rl_image, rl_label, rl_xid, rl_at, rl_context_id, rl_old_key{{columns}})
select rowlore_state.last_event_id, 'm', 'n', ?1, rowlore_state.xid, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
    {{context_id}}, null{{values}}
from rowlore_state left join main.{{table}} as t on {{same_key}}
limit 1
