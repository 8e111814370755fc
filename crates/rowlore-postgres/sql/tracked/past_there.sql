e.rl_op <> 'd'
      and e.rl_event_id > rl_emptied
      and not exists (
        select from {{events}} m
        where m.rl_old_key = {{key_json}} and m.rl_event_id > e.rl_event_id and m.rl_at <= $1
          -- The row that left in the statement by which this one came is another row.
          and (m.rl_xid, {{moment_of_m}}) is distinct from (e.rl_xid, {{moment_of_e}}))
