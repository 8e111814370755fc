drop index if exists rowlore.{{index}};
-- Events lie in the order of their ids, or nearly: a few bytes a page range find the newest, and cost a write little.
create index {{index}} on rowlore.{{events}} using brin (rl_event_id)
  with (pages_per_range = 32, autosummarize = on);
