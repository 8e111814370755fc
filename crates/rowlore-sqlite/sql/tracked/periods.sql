create view {{view}} as
-- Each recorded state of each row, and from when to when it held; the end of what holds now is null. As of a moment:
-- where {{valid_from}} <= '2026-11-20T18:00:00.000Z' and ({{valid_to}} is null or {{valid_to}} > '2026-11-20T18:00:00.000Z')
-- A filter on the key uses its index. Rows from before the tracking are here once the baseline is done. What a row
-- became while its capture was suspended is not known: its state ends there.
-- shape of the event table: {{shape}}
select {{columns}},
    e.rl_event_id,
    e.rl_at as {{valid_from}},
    nullif(
        min(
            -- the next state of the row, or its end
            coalesce((
                select n.rl_at from {{events}} as n
                where {{same_key}} and n.rl_event_id > e.rl_event_id and (n.rl_op = 'd' or {{next_is_state}})
                order by n.rl_event_id limit 1
            ), 'never'),
            -- the row took another key, and none is left that has this one
            coalesce((
                select m.rl_at from {{events}} as m
                where m.rl_old_key = {{key_json}} and m.rl_event_id > e.rl_event_id and {{residents}} <= 0
                order by m.rl_event_id limit 1
            ), 'never'),
            coalesce((
                select s.at from rowlore_suspension as s
                where s.id > e.rl_event_id and instr(s.scope, {{table}}) + instr(s.scope, {{tracker}}) > 0
                order by s.id limit 1
            ), 'never')
        ),
        'never'
    ) as {{valid_to}}
from {{events}} as e
where {{is_state}} and e.rl_event_id > {{since}}
