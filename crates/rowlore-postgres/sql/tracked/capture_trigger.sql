create or replace trigger {{trigger}}
  {{timing}} {{operation}} on {{table}}{{referencing}}
  for each statement execute function rowlore.{{function}}();
