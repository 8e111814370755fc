(select *, row_number() over () as rl_place from rl_old) as old
    full join (select *, row_number() over () as rl_place from rl_new) as new using (rl_place)
