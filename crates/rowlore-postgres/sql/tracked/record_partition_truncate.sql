  if coalesce(pg_catalog.current_setting('rowlore.truncating', true), '') operator(pg_catalog.=) '' then
{{records}}  end if;
