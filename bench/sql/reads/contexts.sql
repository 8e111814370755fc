-- Who: a transaction of ten events each, by one of 1000 actors, and one by an actor who did little.
insert into rowlore.context (frame, db_user, application, client, at)
select jsonb_build_object('actor', case when c % ($1::bigint / 20) = 7 then 'rare' else 'user:' || (c * 7919) % 1000 end,
    'reason', null, 'request', 'r-' || c, 'data', jsonb_build_object('tenant', c % 50)),
  'shop', 'web', '10.0.0.1', timestamptz '2026-01-01' + c * interval '3 seconds'
from generate_series(1, $1::bigint) c
