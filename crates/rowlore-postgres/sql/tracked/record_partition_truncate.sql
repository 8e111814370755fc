  -- Not when the whole table is truncated: its own event says it all.
  if pg_catalog.strpos(coalesce(pg_catalog.current_setting('rowlore.truncating', true), ''),
       pg_catalog.format('<%s>', {{root}}::pg_catalog.regclass::pg_catalog.oid)) operator(pg_catalog.=) 0 then
{{records}}  end if;
