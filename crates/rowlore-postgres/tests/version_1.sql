-- What version 1 of the bookkeeping was, whole, as that release wrote it: never edited. Upgrades start here.
create table public.books (id bigint primary key, "Title" text, price numeric, notes json);

-- set up rowlore's own tables (no lock)
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

insert into rowlore.meta (own_version) values (1)
  on conflict (only_row) do update set own_version = excluded.own_version;

-- create function refuse_context (no lock)
create or replace function rowlore.refuse_context() returns text
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $rowlore$
begin
  raise exception 'rowlore.set_context takes a JSON object of actor, reason, request and data (an object)'
    using errcode = 'invalid_parameter_value',
          hint = 'For example {"actor": "user:5", "data": {"ip": "10.0.0.1"}}; rowlore.clear_context() ends a context.';
end
$rowlore$;

-- create function set_context (no lock)
create or replace function rowlore.set_context(frame jsonb) returns text
  language sql
as $rowlore$
  -- Says who acts, and why, from here to the end of the transaction (or to the next call):
  --   select rowlore.set_context('{"actor": "user:5", "reason": "price list", "request": "r-81", "data": {"ip": "…"}}');
  -- Only a setting of this transaction is written, so it is safe behind a transaction pooler and undone by
  -- `rollback to savepoint`. The row in rowlore.context is written with the first event, by new_context.
  -- One plain select, so that the planner puts it in the place of the call.
  select pg_catalog.set_config('rowlore.frame',
    case when pg_catalog.jsonb_typeof(frame) operator(pg_catalog.=) 'object'
          and (frame operator(pg_catalog.-) '{actor,reason,request,data}'::pg_catalog.text[])
              operator(pg_catalog.=) '{}'::pg_catalog.jsonb
          and coalesce(pg_catalog.jsonb_typeof(frame operator(pg_catalog.->) 'data'), 'null') operator(pg_catalog.=) any ('{object,"null"}'::pg_catalog.text[])
      then frame::pg_catalog.text else rowlore.refuse_context() end, true)
$rowlore$;

-- create function clear_context (no lock)
create or replace function rowlore.clear_context() returns text
  language sql
as $rowlore$
  -- Ends a context before its transaction ends: what follows is attributed to the session alone.
  select pg_catalog.set_config('rowlore.frame', '', true)
$rowlore$;

-- create function enter_context (no lock)
create or replace function rowlore.enter_context(frame jsonb) returns text
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $rowlore$
-- Opens a nested scope: as set_context, but gives back the outer context for leave_context.
declare
  outer_context text := json_build_array(
    coalesce(current_setting('rowlore.context_id', true), ''), coalesce(current_setting('rowlore.frame', true), ''));
begin
  perform rowlore.set_context(frame);
  return outer_context;
end
$rowlore$;

-- create function leave_context (no lock)
create or replace function rowlore.leave_context(outer_context text) returns void
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $rowlore$
-- Ends a nested scope: the outer context is the very same one as before, with the row it has, if it has one.
declare
  was json := outer_context::json;
begin
  perform set_config('rowlore.context_id', was ->> 0, true), set_config('rowlore.frame', was ->> 1, true);
end
$rowlore$;

-- create function new_context (no lock)
create or replace function rowlore.new_context() returns bigint
  language plpgsql security definer
as $rowlore$
-- Called by a capture trigger when rowlore.context_id is not the one to use: once per transaction with a context of its
-- own, once per session without. The settings, as capture triggers read them:
--   rowlore.frame       '{…}': said by set_context, not written yet
--                       newline and application_name: rowlore.context_id is valid while the name is still that one
--                       anything else: nothing is known yet
--   rowlore.context_id  '+N': a program's own frame, for this transaction; 'N': the session's, for the session
-- As in capture functions, every name has its schema, since setting a search_path costs more than all the rest.
declare
  app pg_catalog.text;
  address pg_catalog.text;
  context_id bigint;
begin
  if pg_catalog.starts_with(pg_catalog.current_setting('rowlore.frame', true), '{') then
    -- One statement, since each expression of a function costs a new transaction as much as half an index does.
    insert into rowlore.context (frame, db_user, application, client, at)
      values (pg_catalog.current_setting('rowlore.frame')::pg_catalog.jsonb, session_user,
        pg_catalog.current_setting('application_name'), pg_catalog.host(pg_catalog.inet_client_addr()),
        pg_catalog.clock_timestamp())
      returning case
        when pg_catalog.set_config('rowlore.context_id', '+' operator(pg_catalog.||) id::pg_catalog.text, true) is not null
         and pg_catalog.set_config('rowlore.frame', E'\n' operator(pg_catalog.||) application, true) is not null
        then id end into context_id;
    return context_id;
  end if;
  app := pg_catalog.current_setting('application_name');
  if pg_catalog.starts_with(pg_catalog.current_setting('rowlore.frame', true), E'\n')
     and pg_catalog.starts_with(pg_catalog.current_setting('rowlore.context_id', true), '+') then
    -- application_name changed inside a program's own context: the context stays.
    perform pg_catalog.set_config('rowlore.frame', E'\n' operator(pg_catalog.||) app, true);
    return pg_catalog.current_setting('rowlore.context_id')::bigint;
  end if;
  address := pg_catalog.host(pg_catalog.inet_client_addr());
  -- Two sessions may write the same row twice. That is harmless, and waiting for each other is not.
  select pg_catalog.min(c.id) into context_id from rowlore.context c
    where c.frame is null and c.db_user operator(pg_catalog.=) session_user::pg_catalog.text
      and c.application operator(pg_catalog.=) app
      and coalesce(c.client, '') operator(pg_catalog.=) coalesce(address, '');
  if context_id is null then
    insert into rowlore.context (db_user, application, client, at)
      values (session_user, app, address, pg_catalog.clock_timestamp())
      returning id into context_id;
  end if;
  perform pg_catalog.set_config('rowlore.context_id', context_id::pg_catalog.text, false),
          pg_catalog.set_config('rowlore.frame', E'\n' operator(pg_catalog.||) app, false);
  return context_id;
end
$rowlore$;
revoke all on function rowlore.new_context() from public;

-- create function context_id (no lock)
create or replace function rowlore.context_id() returns bigint
  language plpgsql stable
as $rowlore$
-- new_context, called stable: in the list of what an insert selects, a volatile call makes the executor put every row
-- through one node more. It is called once a transaction at the most, so nothing is lost by that.
begin
  return rowlore.new_context();
end
$rowlore$;
revoke all on function rowlore.context_id() from public;

-- create function end_truncate (no lock)
create or replace function rowlore.end_truncate() returns trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $rowlore$
-- Partitioned tables were truncated whole: their events are written, and their partitions, whose triggers have all
-- fired by now, may speak for themselves again.
begin
  perform set_config('rowlore.truncating', '', true);
  return null;
end
$rowlore$;

-- create function refuse_change (no lock)
create or replace function rowlore.refuse_change() returns trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $rowlore$
-- Events and contexts are append-only for everyone.
begin
  raise exception 'rowlore.% is append-only: % refused', tg_table_name, lower(tg_op)
    using errcode = 'insufficient_privilege',
          hint = 'Recorded history is not changed. To stop recording, take the table out of rowlore.toml and apply.';
end
$rowlore$;

-- create trigger rowlore_append_only on rowlore.context (writers of rowlore.context wait)
create or replace trigger "rowlore_append_only"
  before update or delete or truncate on rowlore."context"
  for each statement execute function rowlore.refuse_change();

-- create event table books_event (no lock)
-- A typed mirror of the tracked columns. The key may be null: a truncate has none.
-- Wide fixed columns first, so that no byte is lost to alignment.
create table rowlore."books_event" (
  rl_event_id bigint not null default nextval('rowlore.event_id'),
  -- As txid_current() says it: BRIN knows an order of bigint, and none of xid8.
  rl_xid bigint not null,
  rl_at timestamptz not null,
  -- Null for a baseline: nobody made the row what it is while it was tracked.
  rl_context_id bigint,
  rl_op "char" not null,
  rl_image "char" not null,
  rl_label text not null,
  -- The key before, if the change was one of the key.
  rl_old_key jsonb,
  "id" bigint,
  "Title" text,
  "price" numeric,
  "notes" json
);

-- create trigger rowlore_append_only on rowlore.books_event (writers of rowlore.books_event wait)
create or replace trigger "rowlore_append_only"
  before update or delete or truncate on rowlore."books_event"
  for each statement execute function rowlore.refuse_change();

-- create index books_event_of_key (readers and writers of books_event wait)
drop index if exists rowlore."books_event_of_key";
create index "books_event_of_key" on rowlore."books_event" ("id", rl_event_id);

-- create index books_event_of_old_key (readers and writers of books_event wait)
drop index if exists rowlore."books_event_of_old_key";
create index "books_event_of_old_key" on rowlore."books_event" (rl_old_key) where rl_old_key is not null;

-- create index books_event_in_order (readers and writers of books_event wait)
drop index if exists rowlore."books_event_in_order";
-- Events lie in the order of their ids, or nearly: a few bytes a page range find the newest, and cost a write little.
create index "books_event_in_order" on rowlore."books_event" using brin (rl_event_id)
  with (pages_per_range = 32, autosummarize = on);

-- create function capture_books_insert (no lock)
create or replace function rowlore."capture_books_insert"() returns trigger
  language plpgsql security definer
  set extra_float_digits = 1
as $rowlore$
#variable_conflict use_column
-- Every name here is written with its schema, operators too: the search_path may be the caller's, who could put anything
-- into it. Only where columns are compared, or a condition of the user's stands, does the function set its own.
begin
  insert into rowlore."books_event"
    (rl_xid, rl_at, rl_context_id, rl_op, rl_image, rl_label, "id", "Title", "price", "notes")
  select pg_catalog.txid_current(), (select pg_catalog.clock_timestamp()),
    (select case when pg_catalog.current_setting('rowlore.frame', true) operator(pg_catalog.=)
        (E'\n' operator(pg_catalog.||) pg_catalog.current_setting('application_name'))
      then pg_catalog.current_setting('rowlore.context_id')::bigint else rowlore.context_id() end),
    'i', 'n', 'insert', new."id", new."Title", new."price", new."notes"
  from rl_new as new;
  return null;
end
$rowlore$;
revoke all on function rowlore."capture_books_insert"() from public;

-- create function capture_books_update (no lock)
create or replace function rowlore."capture_books_update"() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set extra_float_digits = 1
as $rowlore$
#variable_conflict use_column
-- Every name here is written with its schema, operators too: the search_path may be the caller's, who could put anything
-- into it. Only where columns are compared, or a condition of the user's stands, does the function set its own.
<<rl>>
declare
  jit pg_catalog.text;
begin
  -- One row needs no join: whatever its key was and is, old and new belong together.
  insert into rowlore."books_event"
    (rl_xid, rl_at, rl_context_id, rl_op, rl_image, rl_label, "id", "Title", "price", "notes", rl_old_key)
  select pg_catalog.txid_current(), (select pg_catalog.clock_timestamp()),
    case when pg_catalog.current_setting('rowlore.frame', true) operator(pg_catalog.=)
        (E'\n' operator(pg_catalog.||) pg_catalog.current_setting('application_name'))
      then pg_catalog.current_setting('rowlore.context_id')::bigint else rowlore.context_id() end,
    'u', 'n', 'update', new."id", new."Title", new."price", new."notes",
    case when (old."id" operator(pg_catalog.=) new."id" is not true and not (old."id" is null and new."id" is null)) then pg_catalog.jsonb_build_object('id', old."id") end
  from (select * from rl_old limit 1) as old cross join (select * from rl_new limit 1) as new
  where not exists (select from rl_new offset 1)
    and (old."id" is distinct from new."id" or old."Title" collate pg_catalog."C" is distinct from new."Title" collate pg_catalog."C" or old."price" is distinct from new."price" or old."notes"::pg_catalog.text is distinct from new."notes"::pg_catalog.text);

  if not found and exists (select from rl_new offset 1) then
    -- Old and new are paired by their place: PostgreSQL fills both transition tables in step, so that a changed key, or
    -- a row changed twice by two cascades, finds its own old row. A full join can't be a nested loop: no plan cached
    -- for few rows is quadratic for many. The planner knows nothing of transition tables: without this it would compile
    -- for longer than the join takes.
    rl.jit := pg_catalog.current_setting('jit');
    perform pg_catalog.set_config('jit', 'off', true);
  insert into rowlore."books_event"
    (rl_xid, rl_at, rl_context_id, rl_op, rl_image, rl_label, "id", "Title", "price", "notes", rl_old_key)
  select pg_catalog.txid_current(), (select pg_catalog.clock_timestamp()),
    (select case when pg_catalog.current_setting('rowlore.frame', true) operator(pg_catalog.=)
        (E'\n' operator(pg_catalog.||) pg_catalog.current_setting('application_name'))
      then pg_catalog.current_setting('rowlore.context_id')::bigint else rowlore.context_id() end),
    'u', 'n', 'update', new."id", new."Title", new."price", new."notes",
    case when (old."id" operator(pg_catalog.=) new."id" is not true and not (old."id" is null and new."id" is null)) then pg_catalog.jsonb_build_object('id', old."id") end
  from (select *, pg_catalog.row_number() over () as rl_place from rl_old) as old
    full join (select *, pg_catalog.row_number() over () as rl_place from rl_new) as new
    on old.rl_place operator(pg_catalog.=) new.rl_place
  where (old."id" is distinct from new."id" or old."Title" collate pg_catalog."C" is distinct from new."Title" collate pg_catalog."C" or old."price" is distinct from new."price" or old."notes"::pg_catalog.text is distinct from new."notes"::pg_catalog.text);
    perform pg_catalog.set_config('jit', rl.jit, true);
  end if;
  return null;
end
$rowlore$;
revoke all on function rowlore."capture_books_update"() from public;

-- create function capture_books_delete (no lock)
create or replace function rowlore."capture_books_delete"() returns trigger
  language plpgsql security definer
  set extra_float_digits = 1
as $rowlore$
#variable_conflict use_column
-- Every name here is written with its schema, operators too: the search_path may be the caller's, who could put anything
-- into it. Only where columns are compared, or a condition of the user's stands, does the function set its own.
begin
  insert into rowlore."books_event"
    (rl_xid, rl_at, rl_context_id, rl_op, rl_image, rl_label, "id", "Title", "price", "notes")
  select pg_catalog.txid_current(), (select pg_catalog.clock_timestamp()),
    (select case when pg_catalog.current_setting('rowlore.frame', true) operator(pg_catalog.=)
        (E'\n' operator(pg_catalog.||) pg_catalog.current_setting('application_name'))
      then pg_catalog.current_setting('rowlore.context_id')::bigint else rowlore.context_id() end),
    'd', 'o', 'delete', old."id", old."Title", old."price", old."notes"
  from rl_old as old;
  return null;
end
$rowlore$;
revoke all on function rowlore."capture_books_delete"() from public;

-- create function capture_books_truncate (no lock)
create or replace function rowlore."capture_books_truncate"() returns trigger
  language plpgsql security definer
  set extra_float_digits = 1
as $rowlore$
#variable_conflict use_column
-- Every name here is written with its schema, operators too: the search_path may be the caller's, who could put anything
-- into it. Only where columns are compared, or a condition of the user's stands, does the function set its own.
begin
  insert into rowlore."books_event"
    (rl_xid, rl_at, rl_context_id, rl_op, rl_image, rl_label)
  select pg_catalog.txid_current(), (select pg_catalog.clock_timestamp()),
    (select case when pg_catalog.current_setting('rowlore.frame', true) operator(pg_catalog.=)
        (E'\n' operator(pg_catalog.||) pg_catalog.current_setting('application_name'))
      then pg_catalog.current_setting('rowlore.context_id')::bigint else rowlore.context_id() end),
    't', 'n', 'truncate'
  from (values (true)) as rl_one;
  return null;
end
$rowlore$;
revoke all on function rowlore."capture_books_truncate"() from public;

-- create trigger rowlore_insert on public.books (writers of public.books wait)
create or replace trigger "rowlore_insert"
  after insert on "public"."books"
  referencing new table as rl_new
  for each statement execute function rowlore."capture_books_insert"();

-- create trigger rowlore_update on public.books (writers of public.books wait)
create or replace trigger "rowlore_update"
  after update on "public"."books"
  referencing old table as rl_old new table as rl_new
  for each statement execute function rowlore."capture_books_update"();

-- create trigger rowlore_delete on public.books (writers of public.books wait)
create or replace trigger "rowlore_delete"
  after delete on "public"."books"
  referencing old table as rl_old
  for each statement execute function rowlore."capture_books_delete"();

-- create trigger rowlore_truncate on public.books (writers of public.books wait)
create or replace trigger "rowlore_truncate"
  before truncate on "public"."books"
  for each statement execute function rowlore."capture_books_truncate"();

insert into rowlore.tracked (schema_name, table_name, table_oid, installation, active)
values ('public', 'books', '"public"."books"'::regclass, '{"capture":{"table":"public.books","partitions":[],"columns":[{"name":"id","event_type":"bigint","compare":"native","recordable":true},{"name":"Title","event_type":"text","compare":"native","recordable":true},{"name":"price","event_type":"numeric","compare":"native","recordable":true},{"name":"notes","event_type":"json","compare":"text","recordable":true}],"key":["id"],"unchanged":"skip","rules":[{"operation":"insert","label":"insert","image":"new","columns":["id","Title","price","notes"],"filter":{"any_changed":null,"all_changed":[],"any_unchanged":null,"all_unchanged":[],"when":null},"events":"books_event"},{"operation":"update","label":"update","image":"new","columns":["id","Title","price","notes"],"filter":{"any_changed":["id","Title","price","notes"],"all_changed":[],"any_unchanged":null,"all_unchanged":[],"when":null},"events":"books_event"},{"operation":"delete","label":"delete","image":"old","columns":["id","Title","price","notes"],"filter":{"any_changed":null,"all_changed":[],"any_unchanged":null,"all_unchanged":[],"when":null},"events":"books_event"},{"operation":"truncate","label":"truncate","image":"new","columns":["id","Title","price","notes"],"filter":{"any_changed":null,"all_changed":[],"any_unchanged":null,"all_unchanged":[],"when":null},"events":"books_event"}],"events":[{"name":"books_event","columns":[{"name":"id","event_type":"bigint","compare":"native","recordable":true},{"name":"Title","event_type":"text","compare":"native","recordable":true},{"name":"price","event_type":"numeric","compare":"native","recordable":true},{"name":"notes","event_type":"json","compare":"text","recordable":true}],"key":["id"],"complete":true}],"retired":[]},"baseline":"none","since":0}', true);
