drop index if exists {{schema}}.{{index}};
create index {{index}} on {{events}} ({{key}}, rl_event_id);
