
#variable_conflict use_column
-- Every name here is written with its schema, operators too: the search_path may be the caller's, who could put anything
-- into it. Only where columns are compared, or a condition of the user's stands, does the function set its own.
{{declare}}begin
{{suspended}}{{records}}
  return null;
end
