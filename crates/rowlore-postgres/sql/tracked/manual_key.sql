    if exists (select from jsonb_array_elements($2) as e where {{missing}}) then
      raise exception 'the key of % is made of: %', {{table_text}}, {{key_text}}
        using errcode = 'undefined_column', hint = 'Each of rows needs all of it.';
    end if;
