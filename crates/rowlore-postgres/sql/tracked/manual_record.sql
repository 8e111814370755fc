  if $1 = {{label}} then
{{key}}    with recorded as (
      insert into {{events}}
        (rl_xid, rl_op, rl_image, rl_label{{names}})
      select txid_current(), 'm', 'n', $1{{values}}
      from rows from (jsonb_array_elements($2), jsonb_to_recordset($2) as ({{given}}))
        with ordinality as given (rl_element, {{given_names}}, rl_place)
      left join {{table}} as here on {{same_key}}
      order by given.rl_place
      returning rl_event_id)
    select rl.made || array_agg(rl_event_id order by rl_event_id) into rl.made from recorded;
  end if;
