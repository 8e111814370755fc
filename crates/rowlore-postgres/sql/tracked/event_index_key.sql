drop index if exists rowlore.{{index}};
create index {{index}} on rowlore.{{events}} ({{key}}, rl_event_id);
