select not exists (
    select 1 from main.{{table}} as t
    where not exists (
        select 1 from main.{{events}} as e where {{same_key}} and e.rl_event_id > {{since}} and e.rl_op <> 'm'
    )
)
