e.rl_op <> 'd'
  and e.rl_event_id > coalesce((
    select max(t.rl_event_id) from {{events}} t
    where t.{{first}} is null and t.rl_op = 't' and {{t_by_then}}), 0)
  and not exists (
    select from {{events}} m
    where m.rl_old_key = {{key_json}} and m.rl_event_id > e.rl_event_id and {{m_by_then}}
      -- The row that left in the statement by which this one came is another row.
      and (m.rl_xid, {{m_statement}}) is distinct from (e.rl_xid, {{e_statement}}))
