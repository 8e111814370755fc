select s.trackers, s.at, s.xid, c.actor, c.reason, c.request, c.data, c.db_user, c.application, c.client
from rowlore_suspension as s left join rowlore_context as c on c.id = s.context_id
order by s.id desc
