-- The rows of a table as they were: of each key the last event up to the moment and after event $1, unless it was a
-- delete, or the row went on under another key, or the table was emptied.
select {{row}}
from (
  select distinct on ({{key}}) e.*
  from {{events}} e
  where {{e_by_then}} and e.rl_event_id > $1 and e.{{first}} is not null
    -- What a program says of a row is not what the row was.
    and e.rl_op <> 'm'{{only}}
  order by {{key}}, e.rl_event_id desc) e
where {{was_there}}
order by {{key}}
limit $2
