drop index if exists rowlore.{{index}};
-- Events come in the order of all three, so a few bytes a page range replace three trees.
create index {{index}} on rowlore.{{events}} using brin (rl_event_id, rl_xid, rl_at)
  with (pages_per_range = 32, autosummarize = on);
