    -- Old and new are paired by their place: PostgreSQL fills both transition tables in step, so that a changed key, or
    -- a row changed twice by two cascades, finds its own old row. A full join can't be a nested loop: no plan cached
    -- for few rows is quadratic for many. The planner knows nothing of transition tables: without this it would compile
    -- for longer than the join takes.
    rl.jit := pg_catalog.current_setting('jit');
    perform pg_catalog.set_config('jit', 'off', true);
{{records}}    perform pg_catalog.set_config('jit', rl.jit, true);
