-- Heap and indexes of the event tables, whoever made them.
select coalesce(sum(pg_relation_size(attrelid)), 0)::bigint, coalesce(sum(pg_indexes_size(attrelid)), 0)::bigint
from pg_attribute
join pg_class on pg_class.oid = attrelid
where attname in ('rl_event_id', 'pgh_id') and relkind = 'r'
