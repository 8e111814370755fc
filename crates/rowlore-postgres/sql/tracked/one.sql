(select * from rl_old limit 1) as old cross join (select * from rl_new limit 1) as new
