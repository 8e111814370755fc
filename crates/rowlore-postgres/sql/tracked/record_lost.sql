  if (select pg_catalog.count(*) from rl_old) operator(pg_catalog.<>) (select pg_catalog.count(*) from rl_new) then
    -- A partition's own trigger refused a row that was to move there: it is gone.
{{lost}}    return null;
  end if;
{{records}}