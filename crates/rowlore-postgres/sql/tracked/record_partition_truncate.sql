  if coalesce(current_setting('rowlore.truncating', true), '') = '' then
{{records}}  end if;
