-- What is in the events at these places ($1): the image, and for an update the image before it.
select
  e.rl_event_id as event_id,
  e.rl_op::text as op,
  e.rl_image::text as image,
  e.rl_label as label,
  e.rl_xid::text as xid,
  replace(to_jsonb(e.rl_at) #>> '{}', '+00:00', 'Z') as at,
  {{key}} as key,
  e.rl_old_key is not null as moved,
  {{old_key}} as old_key,
  {{image}} as row,
  previous.image as previous,
  previous.changed as changed,
  c.frame ->> 'actor' as actor, c.frame ->> 'reason' as reason, c.frame ->> 'request' as request,
  nullif(c.frame -> 'data', 'null')::text as data, c.db_user, c.application, c.client
from rowlore.{{events}} e
left join rowlore.context c on c.id = e.rl_context_id
left join lateral (
  select
    case when p.rl_op <> 'd' and p.rl_image = 'n' then {{previous}} end as image,
    case when p.rl_op <> 'd' and p.rl_image = 'n' then {{changed}} end as changed
  from rowlore.{{before}} p
  where {{same_row}} and p.rl_event_id < e.rl_event_id{{narrow}}
    -- Another row may have taken this key in the same statement.
    and (p.rl_xid, p.rl_at) is distinct from (e.rl_xid, e.rl_at)
  order by p.rl_event_id desc limit 1) previous on e.rl_op = 'u' and e.rl_image = 'n'
where e.ctid = any($1::text[]::tid[])
