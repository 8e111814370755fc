-- When a tracker that keeps the past of the table t was last suspended in that time: one that records into the complete
-- event table, or any if there is no such table.
(select max(s.at) from rowlore.suspension s
 where s.at between {{from}} and {{until}} and s.trackers && (
   select array_agg(t.installation #>> '{capture,table}' || coalesce(':' || (r ->> 'label'), ''))
   from jsonb_array_elements(t.installation #> '{capture,rules}' || 'null') r
   where r = 'null' or coalesce(r ->> 'events' = (
     select e ->> 'name' from jsonb_array_elements(t.installation #> '{capture,events}') e
     where (e ->> 'complete')::boolean limit 1), true)))
