create or replace function rowlore.past_begins(of_schema text, of_table text, moment timestamptz) returns bigint
  language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp
  set row_security = off
as $rowlore$
-- After which event an answer to "what was this table at that moment" begins; an error where it can't be told. For
-- whoever may read the event table: it says nothing but since when the table is tracked.
declare
  one rowlore.tracked;
  events jsonb;
  events_name text;
  suspended timestamptz;
  answer boolean;
begin
  select t.* into strict one from rowlore.tracked t where t.schema_name = of_schema and t.table_name = of_table;
  select e into strict events from jsonb_array_elements(one.installation #> '{capture,events}') e
    where (e ->> 'complete')::boolean limit 1;
  events_name := format('%I.%I', coalesce(events ->> 'schema', 'rowlore'), events ->> 'name');
  -- Of an earlier tracking it is not known when the next one began, only that this one did later.
  select max(s.at) into suspended from rowlore.suspension s
    where s.at <= moment and (s.at >= one.tracked_since or moment < one.tracked_since) and s.trackers && (
      select array_agg(one.installation #>> '{capture,table}' || coalesce(':' || (r ->> 'label'), ''))
      from jsonb_array_elements(one.installation #> '{capture,rules}' || 'null') r
      where r = 'null' or r ->> 'events' = events ->> 'name');
  if suspended is not null then
    raise exception 'what %.% was at % is not known: its capture was suspended at %', of_schema, of_table, moment, suspended
      using errcode = 'object_not_in_prerequisite_state', hint = case when moment < one.tracked_since
        then 'Ask for an earlier moment.'
        else 'Run `rowlore apply` and `rowlore backfill`: what is read after that is exact again.' end;
  end if;
  if moment < one.tracked_since then
    execute format('select exists (select from %s e where e.rl_event_id <= $1 and e.rl_at <= $2)', events_name)
      into answer using (one.installation ->> 'since')::bigint, moment;
    if not answer then
      raise exception '%.% was not tracked yet at %: it is since %', of_schema, of_table, moment, one.tracked_since
        using errcode = 'object_not_in_prerequisite_state', hint = 'Ask for a later moment.';
    end if;
    return 0;
  end if;
  case one.installation ->> 'baseline'
    when 'done' then null;
    when 'pending' then
      -- Nobody ran the backfill, but it may have nothing to do: the table may have been empty.
      execute format('select not exists (select from %s t where not exists (
          select from %s e where %s and e.rl_event_id > $1 and e.rl_op <> ''m''))', one.table_oid, events_name,
          (select string_agg(format('e.%1$I = t.%1$I', k), ' and ')
           from jsonb_array_elements_text(events -> 'key') k))
        into answer using (one.installation ->> 'since')::bigint;
      if not answer then
        raise exception 'the baseline of %.% is not complete', of_schema, of_table
          using errcode = 'object_not_in_prerequisite_state',
                hint = 'Run `rowlore backfill` first: rows that did not change since have no event yet.';
      end if;
    else
      raise exception '%.% is tracked without a baseline', of_schema, of_table
        using errcode = 'object_not_in_prerequisite_state',
              hint = 'Rows that did not change since have no event; declare baseline = true, apply and backfill.';
  end case;
  return (one.installation ->> 'since')::bigint;
end
$rowlore$;
