-- The rows of a table as they were at $1: of each key the last event up to then and after event $2, unless it was a
-- delete, or the row went on under another key, or the table was emptied.
select {{row}}
from (
  select distinct on ({{key}}) e.*
  from rowlore.{{events}} e
  where e.rl_at <= $1::text::timestamptz and e.rl_event_id > $2 and e.{{first}} is not null{{only}}
  order by {{key}}, e.rl_event_id desc) e
where e.rl_op <> 'd'
  and e.rl_event_id > coalesce((
    select max(t.rl_event_id) from rowlore.{{events}} t
    where t.{{first}} is null and t.rl_op = 't' and t.rl_at <= $1::text::timestamptz), 0)
  and not exists (
    select from rowlore.{{events}} m
    where m.rl_old_key = {{key_json}} and m.rl_event_id > e.rl_event_id and m.rl_at <= $1::text::timestamptz
      -- The row that left in the statement by which this one came is another row.
      and (m.rl_xid, m.rl_at) is distinct from (e.rl_xid, e.rl_at))
order by {{key}}
limit $3
