-- rowlore's own tables, from version 1 to 2: trackers that can be suspended.

-- What is suspended just now, as in rowlore_suspension.scope; null again before the transaction commits, like the
-- context. Every capturing trigger reads this row anyway.
alter table rowlore_state add column suspended text;

-- Each time that trackers were suspended. id is a number of the one sequence of events: what has a higher one came
-- later. scope is what triggers look for: |table| for all trackers of a table, |table:label| for those of one label; in
-- names, \ stands as \\, | as \p and : as \c.
create table rowlore_suspension (
    id integer primary key,
    trackers text not null,
    scope text not null,
    at text not null,
    xid integer,
    context_id integer
);

update rowlore_meta set value = '2' where key = 'own_version';
