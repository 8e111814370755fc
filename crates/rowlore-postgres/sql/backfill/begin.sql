-- Keys and values must read the same whatever the session's settings are. No wait for a lock is longer than half of
-- deadlock_timeout: we give up before anybody else's statement could be chosen as a deadlock's victim.
set local timezone = 'UTC';
set local datestyle = 'ISO, YMD';
set local lock_timeout = '400ms';
set local search_path = pg_catalog, pg_temp;
-- Compiling takes longer than what it would save here.
set local jit = off;
-- A policy that hides rows must be an error, not a baseline that lacks them.
set local row_security = off;
set local extra_float_digits = 1;
set local bytea_output = 'hex';
