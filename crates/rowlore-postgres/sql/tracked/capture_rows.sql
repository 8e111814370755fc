
#variable_conflict use_column
-- Every name here is written with its schema, operators too: the search_path is the caller's, who could put anything
-- into it, and setting another one would cost more than all the rest.
{{declare}}begin
{{records}}
  return null;
end
