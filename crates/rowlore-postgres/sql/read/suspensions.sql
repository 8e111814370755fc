-- Each time that capture was suspended, newest first.
select s.trackers, replace(to_jsonb(s.at) #>> '{}', '+00:00', 'Z') as at, s.xid::text as xid,
  (case when c.id is not null then coalesce(c.frame, '{}') || jsonb_build_object(
    'db_user', c.db_user, 'application', c.application, 'client', c.client) end)::text as context
from rowlore.suspension s
left join rowlore.context c on c.id = s.context_id
where not s.ends
order by s.id desc
