  -- Not when the whole table is truncated: its own event says it all.
  if not exists (
    select from rowlore.truncating as whole
    where whole.xid operator(pg_catalog.=) pg_catalog.txid_current()
      and whole.at operator(pg_catalog.>=) pg_catalog.transaction_timestamp()
      and whole.table_oid operator(pg_catalog.=) {{root}}::pg_catalog.regclass::pg_catalog.oid)
  then
{{records}}  end if;
