  if pg_catalog.current_setting('rowlore.suspended', true) operator(pg_catalog.<>) '' then
    -- Not in one condition: naming the function costs a single row as much as a third of all the rest.
    if rowlore.suspends({{trackers}}) then
      return null;
    end if;
  end if;
