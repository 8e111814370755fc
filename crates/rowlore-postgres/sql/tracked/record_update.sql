  -- One row needs no join: whatever its key was and is, old and new belong together.
{{one}}
  if not found and exists (select from rl_new offset 1) then
{{many}}  end if;
