create index {{index}} on {{events}} ({{columns}} /* rl_event_id is the rowid, which ends every entry; {{shape}} */)
