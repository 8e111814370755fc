insert into rowlore.tracked (schema_name, table_name, table_oid, installation, active)
values ({{schema}}, {{table}}, {{regclass}}::regclass, {{installation}}, true);
