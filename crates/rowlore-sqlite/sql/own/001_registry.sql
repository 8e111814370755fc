-- rowlore's own tables, version 1. Nothing here belongs to a tracked table.

-- Facts about this database file. A copied or restored file keeps its epoch: cursors compare it.
create table rowlore_meta (
    key text primary key not null,
    value text not null
) without rowid;
insert into rowlore_meta (key, value) values
    ('own_version', '1'),
    ('epoch', lower(hex(randomblob(16))));

-- The one row that every capturing trigger reads: the counter of events, never reused because it is
-- raised in the writer's own transaction, and who is writing. context_id and xid are set by the
-- library's transaction and null again before it commits.
create table rowlore_state (
    id integer primary key check (id = 1),
    last_event_id integer not null,
    last_xid integer not null,
    context_id integer,
    xid integer
);
insert into rowlore_state (id, last_event_id, last_xid) values (1, 0, 0);

-- Who and why. since_event_id is the counter when the frame was made: while it has not moved, no
-- event uses the frame, and only then may the frame be deleted.
create table rowlore_context (
    id integer primary key autoincrement,
    actor text,
    reason text,
    request text,
    data text not null,
    db_user text,
    application text,
    client text,
    at text not null,
    since_event_id integer not null
);

-- What the last apply wrote down, one row a table. tracked_at is when this tracking began, position
-- how far its baseline came.
create table rowlore_tracked (
    table_name text primary key not null,
    installation text not null,
    active integer not null,
    tracked_at text not null,
    position text
) without rowid;
