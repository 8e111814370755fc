-- Each key once, in order, as the id of one of its events.
        select * from (select x.rl_event_id from {{events}} as x order by {{order}} limit 1)
        union all
        select coalesce(
            {{next}}
        )
        from keys as c join {{events}} as k on k.rl_event_id = c.id
