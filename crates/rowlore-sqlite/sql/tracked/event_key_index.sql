create index {{index}} on {{events}} ({{key}} /* rl_event_id is the rowid, which ends every entry; {{shape}} */)
