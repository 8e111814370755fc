-- A typed mirror of the tracked columns. The key may be null: a truncate has none.
-- Wide fixed columns first, so that no byte is lost to alignment.
{{schema}}create table {{events}} (
  rl_event_id bigint not null default nextval('rowlore.event_id'),
  -- As txid_current() says it: BRIN knows an order of bigint, and none of xid8.
  rl_xid bigint not null,
  rl_at timestamptz not null,
  -- Null for a baseline: nobody made the row what it is while it was tracked.
  rl_context_id bigint,
  rl_op "char" not null,
  rl_image "char" not null,
  rl_label text not null,
  -- The key before, if the change was one of the key.
  rl_old_key jsonb{{columns}}
){{partition}};
