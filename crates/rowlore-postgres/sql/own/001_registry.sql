-- rowlore's own bookkeeping. Nothing here is read or written by the program whose tables are tracked.
create schema rowlore;
revoke all on schema rowlore from public;
-- Anybody may say who acts (rowlore.set_context); nobody gets a right on a table by that.
grant usage on schema rowlore to public;

create table rowlore.meta (
  only_row boolean primary key default true check (only_row),
  own_version integer not null
);

-- One sequence for all event tables: event ids order the events of the whole database.
create sequence rowlore.event_id as bigint;

-- Who and why. A row is written with the first event that needs it, and never changed.
create table rowlore.context (
  id bigint generated always as identity primary key,
  -- What a program said: actor, reason, request, data. Null: nobody said anything, and the row stands for a session,
  -- whose transactions all share it. One column, since taking it apart would cost more than writing it.
  frame jsonb,
  db_user text not null,
  application text not null,
  client text,
  at timestamptz not null
);
create index context_of_session on rowlore.context (db_user, application, client) where frame is null;

-- What is tracked, resolved, so that readers need no file.
create table rowlore.tracked (
  id integer generated always as identity primary key,
  schema_name text not null,
  table_name text not null,
  -- A regclass, so that a dump names the table and not its number.
  table_oid regclass,
  installation jsonb not null,
  active boolean not null,
  -- When this tracking began: rows with a baseline event had that image then.
  tracked_since timestamptz not null default clock_timestamp(),
  -- The backfill's place: the last key it looked at, and how many rows.
  backfill_after jsonb,
  backfill_rows bigint not null default 0,
  applied_at timestamptz not null default now(),
  -- Two tables may exchange their names in one apply.
  unique (schema_name, table_name) deferrable initially deferred
);
