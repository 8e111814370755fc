-- Every change recorded here is one row; nothing but rowlore writes to it.
create table {{events}} (
    rl_event_id integer primary key,
    rl_op text not null,
    rl_image text not null,
    rl_label text not null,
    rl_xid integer,
    rl_at text not null,
    rl_context_id integer,
    rl_old_key text{{columns}}
)
