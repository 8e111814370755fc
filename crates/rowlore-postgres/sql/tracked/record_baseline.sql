  -- The baseline is not complete yet: a row without an event gets one of its old image first,
  -- dated back to when the tracking began: the row had that image then.
  insert into rowlore.{{events}}
    (rl_xid, rl_at, rl_op, rl_image, rl_label{{names}})
  select distinct on ({{key}}) rl.xid, rl_tracked.tracked_since, 'b', 'n', 'baseline'{{values}}
  from {{from}}
  join rowlore.tracked as rl_tracked on rl_tracked.schema_name = {{schema}} and rl_tracked.table_name = {{table}}
  where not exists (
    select from rowlore.{{events}} as rl_event where {{same_key}} and rl_event.rl_event_id > {{since}}){{filter}};
