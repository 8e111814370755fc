-- How many rows bear the key after event {{upto}}. While one statement moves rows along, a second row can take a key
-- before the first has left it (where the key is no unique index); a statement moves each row once, so the one that
-- leaves is the older. Counted from the last event that was no move: then there was one row, or none after a delete.
(
    select coalesce(max(s.resides), 0) + (
            select count(*) from main.{{events}} as x
            where {{same_key_x}} and x.rl_old_key is not null
                and x.rl_event_id > coalesce(max(s.id), 0) and x.rl_event_id <= {{upto}}{{one_rule}}
        ) - (
            select count(*) from main.{{events}} as x
            where x.rl_old_key = {{key_json}}
                and x.rl_event_id > coalesce(max(s.id), 0) and x.rl_event_id <= {{upto}}{{one_rule}}
        )
    from (
        select x.rl_event_id as id, x.rl_op <> 'd' as resides from main.{{events}} as x
        where {{same_key_x}} and x.rl_old_key is null and x.rl_op not in ('t', 'm') and x.rl_event_id <= {{upto}}
        order by x.rl_event_id desc limit 1
    ) as s
)
