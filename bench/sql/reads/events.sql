-- The events of table {table} ({place} of 20), in the order in which capture would have written them: ids are shared by
-- all tables, ten events are one transaction with one context, and one row in a thousandth of them has a long history.
insert into rowlore.items_{table}_event
  (rl_event_id, rl_xid, rl_at, rl_context_id, rl_op, rl_image, rl_label,
   id, owner, title, price, stock, active, updated_at)
select e, 1000000 + e / 10, timestamptz '2026-01-01' + (e / 10) * interval '3 seconds', 1 + e / 10,
  case when n < {rows} then 'i' else 'u' end::"char", 'n', case when n < {rows} then 'insert' else 'update' end,
  r, 1 + (r * 31) % 50000, 'title ' || r, (n % 9973) / 100.0, n % 100, true, timestamptz '2026-01-01'
from (select n, n * 20 + {place} as e,
        case when n % ({rows} / 10) = 5 then 0 else 1 + (n * 7919::bigint) % {rows} end as r
      from generate_series(0::bigint, {events} - 1) n) made
