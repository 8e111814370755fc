case when pg_catalog.current_setting('rowlore.frame', true) operator(pg_catalog.=)
        (E'\n' operator(pg_catalog.||) pg_catalog.current_setting('application_name'))
      then pg_catalog.current_setting('rowlore.context_id')::bigint else rowlore.context_id() end
