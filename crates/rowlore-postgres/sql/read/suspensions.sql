-- Each time that capture was suspended, newest first.
select s.trackers, replace(to_jsonb(s.at) #>> '{}', '+00:00', 'Z') as at, s.xid::text as xid,
  c.frame ->> 'actor' as actor, c.frame ->> 'reason' as reason, c.frame ->> 'request' as request,
  nullif(c.frame -> 'data', 'null')::text as data, c.db_user, c.application, c.client
from rowlore.suspension s
left join rowlore.context c on c.id = s.context_id
where not s.ends
order by s.id desc
