drop index if exists rowlore.{{index}};
create index {{index}} on rowlore.{{events}} (rl_old_key) where rl_old_key is not null;
