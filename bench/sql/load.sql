insert into items
select n, 'The title of book number ' || n, 'Author ' || n % 1000, (n % 9000) / 100.0, n % 50, n % 7 <> 0,
  timestamptz '2026-01-01 00:00:00+00' + n * interval '1 second'
from generate_series({{first}}, {{last}}) as n
