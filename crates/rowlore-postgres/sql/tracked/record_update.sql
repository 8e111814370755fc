  -- One row needs no join.
{{one}}
  if not found and exists (select from rl_new offset 1) then
{{many}}
  end if;
