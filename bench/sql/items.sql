-- The same table as pghistory/shop/models.py makes; the bench compares both before it measures.
create table items (
  id bigint not null primary key,
  title text not null,
  author text not null,
  price numeric(10, 2) not null,
  stock integer not null,
  active boolean not null,
  updated_at timestamp with time zone not null
);
