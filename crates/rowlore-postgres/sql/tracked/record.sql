  insert into rowlore.{{events}}
    (rl_xid, rl_at, rl_context_id, rl_op, rl_image, rl_label{{names}})
  select rl.xid, rl.at, rl.context_id, '{{op}}', '{{image}}', {{label}}{{values}}
  from {{from}}{{where}};
  rl.recorded := rl.recorded or found;
