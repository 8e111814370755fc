create or replace function rowlore.context_id() returns bigint
  language plpgsql stable
as $rowlore$
-- new_context, called stable: in the list of what an insert selects, a volatile call makes the executor put every row
-- through one node more. It is called once a transaction at the most, so nothing is lost by that.
begin
  return rowlore.new_context();
end
$rowlore$;
