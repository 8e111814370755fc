-- How many rows these tables ($1, $2) have, as the planner guesses; negative where it does not know.
select coalesce((select reltuples from pg_class where oid = to_regclass($1)), -1)::float8 as events,
  coalesce((select reltuples from pg_class where oid = to_regclass($2)), -1)::float8 as rows
