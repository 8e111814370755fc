
#variable_conflict use_column
-- One row of the table as it was at a moment: {{signature}}.
declare
  rl_since constant bigint := rowlore.past_begins({{schema}}, {{table}}, $1);
  rl_emptied constant bigint := coalesce((
    select max(t.rl_event_id) from {{events}} t
    where {{first_of_t}} is null and t.rl_op = 't' and t.rl_at <= $1), 0);
begin
  return query
  select {{values}} from (
    select e.* from {{events}} e
    where {{same_key}} and e.rl_at <= $1 and e.rl_event_id > rl_since and e.rl_op <> 'm'
    order by {{key_desc}}, e.rl_event_id desc limit 1) e
  where {{there}};
end
