create or replace trigger {{trigger}}
  {{timing}} {{operation}} on {{table}}{{referencing}}
  for each {{each}} execute function rowlore.{{function}}();
