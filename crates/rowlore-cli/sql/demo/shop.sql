-- A small bookshop, as any program might have made it: nothing here knows about rowlore.
create table customers (
    id   integer primary key,
    name text not null
);

create table books (
    id    integer primary key,
    title text not null,
    price integer not null,
    stock integer not null default 0
);

create table orders (
    id          integer primary key,
    customer_id integer not null references customers (id) on delete cascade,
    placed_on   text not null
);

create table order_lines (
    order_id integer not null references orders (id) on delete cascade,
    line     integer not null,
    book_id  integer not null references books (id),
    quantity integer not null,
    primary key (order_id, line)
);

insert into customers (id, name) values (1, 'Mia'), (2, 'Noor'), (3, 'Emil');

insert into books (id, title, price, stock) values
    (1, 'The Left Hand of Darkness', 20, 7),
    (2, 'Solaris', 10, 12),
    (3, 'Kindred', 30, 3),
    (4, 'Roadside Picnic', 15, 5);

insert into orders (id, customer_id, placed_on) values (1, 1, '2026-11-02'), (2, 2, '2026-11-03');

insert into order_lines (order_id, line, book_id, quantity) values (1, 1, 2, 1), (2, 1, 1, 1), (2, 2, 3, 2);
