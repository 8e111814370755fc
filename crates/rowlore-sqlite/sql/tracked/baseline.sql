    -- The baseline is not complete: keep the original of a row that has no event yet. It is dated back to when the
    -- tracking began, since the row was so then, and has no context: who made it so is not known.
    update rowlore_state set last_event_id = last_event_id + 1
    where ({{recorded}})
        and not exists (select 1 from {{events}} where {{same_key}} and rl_event_id > {{since}} and rl_op <> 'm');
    insert into {{events}} (rl_event_id, rl_op, rl_image, rl_label, rl_at, {{columns}})
    select last_event_id, 'b', 'n', 'baseline', tracked_at, {{values}}
    from rowlore_state, rowlore_tracked
    where table_name = {{table}} and changes() > 0;
