update rowlore.tracked set
  schema_name = {{schema}}, table_name = {{table}}, table_oid = {{regclass}}::regclass,
  active = true, applied_at = now(),
  tracked_since = case when active and (installation ->> 'since')::bigint = {{since}}
    then tracked_since else clock_timestamp() end,
  -- A backfill under way goes on where it was; a new one begins at the beginning.
  backfill_after = case when active and installation ->> 'baseline' = 'pending' and {{pending}} and (installation ->> 'since')::bigint = {{since}}
    then backfill_after end,
  backfill_rows = case when active and installation ->> 'baseline' = 'pending' and {{pending}} and (installation ->> 'since')::bigint = {{since}}
    then backfill_rows else 0 end,
  installation = {{installation}}
where {{registered_as}};
