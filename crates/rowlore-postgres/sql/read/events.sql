-- What is in the events at these places ($1) with these ids ($2; in a partitioned table several have one place): the
-- image, and for an update the row's other image.
select
  e.rl_event_id as event_id,
  e.rl_op::text as op,
  e.rl_image::text as image,
  e.rl_label as label,
  e.rl_xid::text as xid,
  replace(to_jsonb(e.rl_at) #>> '{}', '+00:00', 'Z') as at,
  {{key}} as key,
  e.rl_old_key is not null as moved,
  case when e.rl_old_key is not null then {{old_key}} end as old_key,
  {{image}} as row,
  {{extra}} as extra,
  {{other}} as other,
  {{changed}} as changed,
  {{context_id}} as context_id,
  {{context}}::text as context
from {{events}} e{{joins}}
where e.ctid = any($1::text[]::tid[]) and e.rl_event_id = any($2)
