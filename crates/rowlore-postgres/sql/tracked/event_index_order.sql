drop index if exists {{schema}}.{{index}};
-- Events lie in the order of their ids, or nearly, and so in that of time and transactions: a few bytes a page range find
-- the newest, and those of a transaction, of a time or of a context. Contexts come in short runs: a range of pages keeps
-- several stretches of their ids. It costs a write little.
create index {{index}} on {{events}} using brin (rl_event_id, rl_xid, rl_at, rl_context_id int8_minmax_multi_ops)
  with (pages_per_range = 32, autosummarize = on);
