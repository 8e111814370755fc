create or replace trigger {{trigger}}
  before update on {{table}}
  for each row execute function pg_catalog.suppress_redundant_updates_trigger();
