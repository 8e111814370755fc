-- Twenty tables that point at one of users, as a shop's tables point at its accounts.
create table users (id bigint primary key, name text not null);
insert into users select u, 'user ' || u from generate_series(1, 50000) u;
do $$ begin
  for t in 1 .. 20 loop
    execute format(
      'create table items_%s (
         id bigint primary key, owner bigint not null references users (id), title text not null,
         price numeric(10, 2) not null, stock integer not null, active boolean not null, updated_at timestamptz not null)',
      lpad(t::text, 2, '0'));
  end loop;
end $$;
