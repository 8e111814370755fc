  if exists (select from rl_new offset 1) then
{{many}}  else
{{one}}  end if;
