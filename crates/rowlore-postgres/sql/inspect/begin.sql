begin isolation level repeatable read read only;
-- A function's text must look the same whatever the session's settings are, and so must a type's name.
set local search_path = pg_catalog, pg_temp;
-- The bounds of partitions are printed, and read again.
set local timezone = 'UTC';
set local datestyle = 'ISO, YMD';
-- The planner's guesses about the catalogue make it compile for longer than the query takes.
set local jit = off;
