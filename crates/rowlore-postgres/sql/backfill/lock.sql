select t.tableoid, t.ctid::text, {{key_json}}
from {{table}} t
where {{condition}}
order by {{key}}
limit $1
{{lock}}
