-- The rows as they are, without their triggers.
set session_replication_role = replica;
insert into items_{table}
select r, 1 + (r * 31) % 50000, 'title ' || r, 1, 1, true, timestamptz '2026-01-01' from generate_series(0, {rows}) r;
reset session_replication_role;
