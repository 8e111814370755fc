drop index if exists {{schema}}.{{index}};
create index {{index}} on {{events}} ({{columns}});
