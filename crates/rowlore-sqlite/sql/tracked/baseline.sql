    -- the baseline is not complete: keep the original of a row that has no event yet
    update rowlore_state set last_event_id = last_event_id + 1
    where not exists (select 1 from {{events}} where {{same_key}} and rl_event_id > {{since}});
    insert into {{events}} (rl_event_id, rl_op, rl_image, rl_label, rl_at, {{columns}})
    select last_event_id, 'b', 'n', 'baseline', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), {{values}}
    from rowlore_state
    where not exists (select 1 from {{events}} where {{same_key}} and rl_event_id > {{since}});
