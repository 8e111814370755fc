  insert into {{events}}
    (rl_xid, rl_at{{who}}, rl_op, rl_image, rl_label{{names}})
  select pg_catalog.txid_current(), {{at}},{{context}}
    '{{op}}', '{{image}}', {{label}}{{values}}
  from {{from}}{{where}};
