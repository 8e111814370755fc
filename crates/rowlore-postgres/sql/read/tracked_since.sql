-- Since when the table is tracked, and, if it is not any more, until when it was.
select replace(to_jsonb(tracked_since) #>> '{}', '+00:00', 'Z'),
  case when not active then replace(to_jsonb(applied_at) #>> '{}', '+00:00', 'Z') end
from rowlore.tracked
where (schema_name, table_name) in (($1, $2))
order by active desc limit 1
