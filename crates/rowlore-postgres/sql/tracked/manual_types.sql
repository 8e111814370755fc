  rl.wrong := rowlore.untrusted_domain(array[{{types}}]::regtype[]);
  if rl.wrong is not null then
    raise exception 'events of % can''t be made by hand: its columns hold %, a domain of another role', {{table_text}}, rl.wrong
      using errcode = 'insufficient_privilege',
            hint = 'What the domain checks would run with the rights of rowlore''s owner; let that one own the domain.';
  end if;
