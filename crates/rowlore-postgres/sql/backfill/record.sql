-- The rows are locked, so their places hold; the statement sees every event of every writer before us.
insert into {{events}}
  (rl_xid, rl_at, rl_op, rl_image, rl_label{{names}})
select pg_current_xact_id()::text::bigint, tracked.tracked_since, 'b', 'n', 'baseline'{{values}}
from {{table}} t
join rowlore.tracked on tracked.id = $3
where t.ctid = any($2::text[]::tid[])
  and (t.tableoid, t.ctid) in (select * from unnest($1::oid[], $2::text[]::tid[]))
  and {{without_event}}
order by {{key}}
