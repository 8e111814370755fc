-- What was recorded before this partition was there is in the one for the rest, and moves.
alter table {{events}} detach partition {{rest}};
drop trigger if exists rowlore_append_only on {{rest}};
create table {{partition}} partition of {{events}} for values from ({{from}}) to ({{to}});
with moved as (delete from {{rest}} where rl_at >= {{from}} and rl_at < {{to}} returning *)
  insert into {{events}} select * from moved;
alter table {{events}} attach partition {{rest}} default;
