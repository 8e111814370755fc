  if pg_catalog.current_setting('rowlore.suspended', true) operator(pg_catalog.<>) '' and rowlore.suspends({{trackers}}) then
    return null;
  end if;
