-- The resolved declarations in these rows ($1); see registered.sql for the mark.
select t.id, concat(t.xmin, ' ', t.applied_at) as mark, t.installation
from rowlore.tracked t
where t.id = any($1)
