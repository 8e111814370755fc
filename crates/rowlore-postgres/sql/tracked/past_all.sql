
#variable_conflict use_column
-- The table as it was at a moment: {{signature}}.
declare
  rl_since constant bigint := rowlore.past_begins({{schema}}, {{table}}, $1);
  rl_emptied constant bigint := coalesce((
    select max(t.rl_event_id) from {{events}} t
    where {{first_of_t}} is null and t.rl_op = 't' and t.rl_at <= $1), 0);
begin
  if (select pg_catalog.max(c.reltuples) from pg_class c where c.oid = {{events_text}}::regclass)
     > {{many}} * greatest(1,
       (select max(c.reltuples) from pg_class c where c.oid = {{table_sql}}::regclass),
       (select max(case when s.n_distinct < 0 then -s.n_distinct * c.reltuples else s.n_distinct end)
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        join pg_stats s on s.schemaname = n.nspname and s.tablename = c.relname and s.attname = any ({{key_names}})
        where c.oid = {{events_text}}::regclass))
  then
    -- Many events a row: from key to key along the index, the last event of each. What that costs depends on the keys
    -- and not on how often they changed.
    return query
    with recursive rl_last as (
      (select e.* from {{events}} e
       where e.rl_at <= $1 and e.rl_event_id > rl_since and e.rl_op <> 'm' and {{first}} is not null
       order by {{key_desc}}, e.rl_event_id desc limit 1)
      union all
      select p.* from rl_last l cross join lateral (
        select e.* from {{events}} e
        where row({{key}}) < row({{key_last}})
          and e.rl_at <= $1 and e.rl_event_id > rl_since and e.rl_op <> 'm'
        order by {{key_desc}}, e.rl_event_id desc limit 1) p)
    select {{values}} from rl_last e
    where {{there}};
  else
    return query
    select {{values}} from (
      select distinct on ({{key}}) e.* from {{events}} e
      where e.rl_at <= $1 and e.rl_event_id > rl_since and e.rl_op <> 'm' and {{first}} is not null
      order by {{key}}, e.rl_event_id desc) e
    where {{there}};
  end if;
end
