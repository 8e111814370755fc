-- What was suspended, and from when to when: one row each time that what is in force changes.
create table rowlore.suspension (
  id bigint generated always as identity primary key,
  -- As txid_current() says it.
  xid bigint not null,
  at timestamptz not null,
  context_id bigint,
  -- All that is in force from here on: a table, or table:label. Empty: nothing any more.
  trackers text[] not null,
  -- The row whose state comes back when this scope ends; null: nothing was suspended before.
  outer_id bigint,
  -- Whether it is the end of a scope, and not its beginning.
  ends boolean not null
);
create index suspension_of_transaction on rowlore.suspension (xid, id);

-- Partitioned tables that are being truncated whole, until the statement ends. A table and not a setting: anybody can
-- set those.
create table rowlore.truncating (
  xid bigint not null,
  at timestamptz not null,
  table_oid oid not null
);
