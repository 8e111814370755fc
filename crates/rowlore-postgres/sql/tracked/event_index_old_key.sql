drop index if exists {{schema}}.{{index}};
create index {{index}} on {{events}} (rl_old_key) where rl_old_key is not null;
