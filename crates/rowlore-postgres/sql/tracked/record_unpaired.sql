    -- Every row is recorded and nothing is compared, so old and new need no pairing, unless a key changed: its event says
    -- from which. (Keys that only change places among the rows of one statement are recorded in place.)
    if (select pg_catalog.bit_xor({{old_keys}}) from rl_old as old) operator(pg_catalog.=)
       (select pg_catalog.bit_xor({{new_keys}}) from rl_new as new) then
{{unpaired}}    else
{{paired}}    end if;
