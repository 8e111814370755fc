-- rowlore's own bookkeeping. Nothing here is read or written by the program whose tables are tracked.
create schema if not exists rowlore;
revoke all on schema rowlore from public;
-- Anybody may say who acts (rowlore.set_context); nobody gets a right on a table by that.
grant usage on schema rowlore to public;

create table rowlore.meta (
  only_row boolean primary key default true check (only_row),
  own_version integer not null
);

-- One sequence for all event tables: event ids order the events of the whole database.
create sequence rowlore.event_id as bigint;

-- set_context draws a number for its row, with the rights of whoever calls it.
create sequence rowlore.context_id as bigint;
grant usage on sequence rowlore.context_id to public;

-- Who and why. A row is written with the first event that needs it, and never changed.
create table rowlore.context (
  id bigint primary key default nextval('rowlore.context_id'),
  actor text,
  reason text,
  request text,
  data jsonb,
  -- Whether a program said who it is; else the row stands for a session, and all its transactions share it.
  explicit boolean not null,
  db_user text not null,
  application text,
  client text,
  at timestamptz not null
);
create index context_of_session on rowlore.context (db_user, application, client) where not explicit;
create index context_of_actor on rowlore.context (actor) where actor is not null;

-- What is tracked, resolved, so that readers need no file.
create table rowlore.tracked (
  id integer generated always as identity primary key,
  schema_name text not null,
  table_name text not null,
  table_oid oid,
  installation jsonb not null,
  active boolean not null,
  -- When this tracking began: rows with a baseline event had that image then.
  tracked_since timestamptz not null default clock_timestamp(),
  -- The backfill's place: the last key it looked at, and how many rows.
  backfill_after jsonb,
  backfill_rows bigint not null default 0,
  applied_at timestamptz not null default now(),
  unique (schema_name, table_name)
);
