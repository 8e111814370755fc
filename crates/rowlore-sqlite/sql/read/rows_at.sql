-- The last image of every key up to the event {{last}}, but for rows that were deleted or had moved to another key by
-- then. One of the baseline tells of every moment before the first event of its row, whenever it was written.
with recursive keys (id) as (
        {{keys}}
)
select {{columns}}
from keys as c
-- The order of the joins is that of the keys.
cross join {{events}} as k on k.rl_event_id = c.id
cross join {{events}} as e on e.rl_event_id = coalesce(
    (
        select x.rl_event_id from {{events}} as x
        where {{same_key}} and x.rl_event_id > {{after}} and x.rl_event_id <= {{last}} and {{images}}
        order by x.rl_event_id desc limit 1
    ),
    (
        select case x.rl_op when 'b' then x.rl_event_id end from {{events}} as x
        where {{same_key}} and x.rl_event_id > {{last}} and x.rl_event_id > {{after}} and x.rl_event_id <= {{upto}}
        order by x.rl_event_id limit 1
    )
)
where e.rl_op <> 'd'
    and (
        not exists (
            select 1 from {{events}} as m
            where m.rl_old_key = {{key_json}} and m.rl_event_id > e.rl_event_id and m.rl_event_id <= {{last}}
        )
        -- A row left the key afterwards, but it may be one that had the key before this one came.
        or {{residents}} > 0
    )
limit {{limit}}
