(select *, pg_catalog.row_number() over () as rl_place from rl_old) as old
    full join (select *, pg_catalog.row_number() over () as rl_place from rl_new) as new
    on old.rl_place operator(pg_catalog.=) new.rl_place
