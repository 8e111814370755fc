  if pg_catalog.current_setting('rowlore.suspended', true) operator(pg_catalog.<>) '' then
    rl.suspended := array[{{each}}];
  end if;
