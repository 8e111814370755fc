  -- The baseline is not complete yet: a row without an event gets one of its old image first,
  -- dated back to when the tracking began: the row had that image then.
  insert into {{events}}
    (rl_xid, rl_at, rl_op, rl_image, rl_label{{names}})
  select distinct on ({{key}}) pg_catalog.txid_current(), rl_tracked.tracked_since, 'b', 'n', 'baseline'{{values}}
  from {{from}}
  join rowlore.tracked as rl_tracked on rl_tracked.schema_name operator(pg_catalog.=) {{schema}}
    and rl_tracked.table_name operator(pg_catalog.=) {{table}}
  where not exists (
    select from {{events}} as rl_event
    where {{same_key}} and rl_event.rl_event_id operator(pg_catalog.>) {{since}}
      and rl_event.rl_op operator(pg_catalog.<>) 'm'){{filter}};
