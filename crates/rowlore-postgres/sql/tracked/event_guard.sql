create or replace trigger {{trigger}}
  before update or delete or truncate on {{events}}
  for each statement execute function rowlore.refuse_change();
