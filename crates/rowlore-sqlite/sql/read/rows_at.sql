-- The last image of every key up to the moment, but for rows that were deleted or had moved to another key by then.
{{select}}
where e.rl_event_id in (
        select max(e.rl_event_id) from main.{{events}} as e
        where {{of_key}} and {{images}} and {{era}} and e.rl_at <= {{at}}
        group by {{key}}
    )
    and e.rl_op <> 'd'
    and (
        not exists (
            select 1 from main.{{events}} as m
            where m.rl_old_key = {{key_json}} and m.rl_event_id > e.rl_event_id and m.rl_at <= {{at}}
        )
        -- A row left the key afterwards, but it may be one that had the key before this one came.
        or {{residents}} > 0
    )
order by {{key}} limit {{limit}}
