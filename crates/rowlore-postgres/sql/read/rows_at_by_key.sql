-- The same as rows_at.sql, key by key: each next key, and its last event up to the moment, is one descent in the index. So
-- the cost depends on how many rows there are, or how many are asked for, and not on how many events.
with recursive k as (
  (select {{key}} from {{events}} e where e.{{first}} is not null order by {{key}} limit 1)
  union all
  select next.* from k cross join lateral (
    select {{key}} from {{events}} e where ({{key}}) > ({{k}}) order by {{key}} limit 1) next
)
-- The keys come in their order, and leave it as the nested loop has it.
select {{row}}
from k cross join lateral (
  select e.* from {{events}} e
  where {{same_key}} and {{e_by_then}} and e.rl_event_id > $1 and e.rl_event_id < $3
    and e.rl_op <> 'm'
  order by e.rl_event_id desc limit 1) e
where {{was_there}}
limit $2
