    update rowlore_state set last_event_id = last_event_id + 1
    where {{filter}}
        and (suspended is null or instr(suspended, {{table}}) + instr(suspended, {{tracker}}) = 0);
    insert into {{events}} (rl_event_id, rl_op, rl_image, rl_label, rl_xid, rl_at, rl_context_id, rl_old_key{{columns}})
    select last_event_id, {{op}}, {{image}}, {{label}}, xid, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), {{context_id}}, {{old_key}}{{values}}
    from rowlore_state
    -- Whether the statement before took a number. Asking a second time would cost as much again, and could be answered otherwise.
    where changes() > 0;
