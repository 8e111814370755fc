-- The baseline of the rows whose key stands in the range, but for those that have an event by now. It is dated back
-- to when the tracking began: as no event says otherwise, the rows were so then.
insert into {{events}} (rl_event_id, rl_op, rl_image, rl_label, rl_at, {{columns}})
select
    (select last_event_id from rowlore_state) + row_number() over (order by {{order}}),
    'b', 'n', 'baseline', (select tracked_at from rowlore_tracked where table_name = {{registered}}), {{values}}
from main.{{table}} as t
where {{range}}
    and not exists (
        select 1 from {{events}} as e where {{same_key}} and e.rl_event_id > {{since}} and e.rl_op <> 'm'
    )
