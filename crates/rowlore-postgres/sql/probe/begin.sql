-- What is written from here on is rolled back, and nobody waits for us for long.
set local lock_timeout = '1s';
set local search_path = pg_catalog, pg_temp;
set local timezone = 'UTC';
