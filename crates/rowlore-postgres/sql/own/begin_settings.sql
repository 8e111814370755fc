-- Whoever waits for a lock longer than this holds up everyone behind: give up and try again instead.
set local lock_timeout = '3s';
set local standard_conforming_strings = on;
set local check_function_bodies = off;
-- One apply at a time; the number is the word "rowlore" in ASCII.
select pg_advisory_xact_lock(32210657973203557);
