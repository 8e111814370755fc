insert into books (id, title, price, stock) values
    (2, 'Solaris', 11, 20),
    (3, 'Kindred', 33, 3),
    (5, 'The Dispossessed', 18, 9)
on conflict (id) do update set stock = excluded.stock;
