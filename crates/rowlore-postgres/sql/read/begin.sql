begin isolation level repeatable read read only;
set local timezone = 'UTC';
set local datestyle = 'ISO, YMD';
set local intervalstyle = 'postgres';
set local extra_float_digits = 1;
set local bytea_output = 'hex';
set local search_path = pg_catalog, pg_temp;
-- Compiling takes longer than what it would save here.
set local jit = off;
set local row_security = off;
-- Starting a worker takes longer than most reads, and each of many event tables would start its own.
set local max_parallel_workers_per_gather = 0;
