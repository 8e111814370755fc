
#variable_conflict use_column
-- Records events that a program makes itself, under a label declared for that. Each of rows is a JSON object: the key,
-- and what the event shall say other than the table does; columns that are left out have the value that stands in the
-- table, or null where there is no such row. Gives the events' numbers, in the order of rows. For whoever may write the
-- table's rows, since nobody else could have made a trigger record anything.
<<rl>>
declare
  caller pg_catalog.name := case current_setting('role') when 'none' then session_user::text else current_setting('role') end;
  at timestamptz := clock_timestamp();
  wrong text;
  made bigint[] := '{}';
begin
  -- What stands under that name from here on is what is read: a view in its place could call anything, and would with
  -- the rights of this function.
  lock table {{table}} in access share mode;
  if (select c.relkind from pg_class c where c.oid = {{regclass}}::regclass) not in ('r', 'p') then
    raise exception '% is not the table that is tracked', {{table_text}}
      using errcode = 'wrong_object_type', hint = 'Run `rowlore apply`.';
  end if;
  if not has_any_column_privilege(rl.caller, {{regclass}}, 'insert, update') then
    raise exception 'role % may neither insert into % nor update it', rl.caller, {{table_text}}
      using errcode = 'insufficient_privilege', hint = 'Events of a table are made by those who may change its rows.';
  end if;
{{types}}  if $1 is null or $1 <> all ({{labels}}) then
    raise exception '% has no label "%" of events that a program makes itself', {{table_text}}, $1
      using errcode = 'undefined_object', hint = 'there are: ' || array_to_string({{labels}}, ', ');
  end if;
  if jsonb_typeof($2) is distinct from 'array' then
    raise exception 'rows must be a JSON array of objects' using errcode = 'datatype_mismatch';
  end if;
  if exists (select from jsonb_array_elements($2) as e where jsonb_typeof(e) <> 'object') then
    raise exception 'rows must be a JSON array of objects' using errcode = 'datatype_mismatch';
  end if;
  select named into rl.wrong
    from jsonb_array_elements($2) as e, jsonb_object_keys(e) as named where named <> all ({{columns}}) limit 1;
  if found then
    raise exception '% has no column "%"', {{table_text}}, rl.wrong
      using errcode = 'undefined_column', hint = coalesce(
        'did you mean `' || rowlore.nearest(rl.wrong, {{columns}}) || '`?',
        'there are: ' || array_to_string({{columns}}, ', '));
  end if;
{{records}}  return rl.made;
end
