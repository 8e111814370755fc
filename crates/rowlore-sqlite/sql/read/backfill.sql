-- The baseline of the rows whose key stands in the range, but for those that have an event by now.
insert into {{events}} (rl_event_id, rl_op, rl_image, rl_label, rl_at, {{columns}})
select
    (select last_event_id from rowlore_state) + row_number() over (order by {{order}}),
    'b', 'n', 'baseline', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), {{values}}
from main.{{table}} as t
where {{range}}
    and not exists (
        select 1 from {{events}} as e where {{same_key}} and e.rl_event_id > {{since}}
    )
