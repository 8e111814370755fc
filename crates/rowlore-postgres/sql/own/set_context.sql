create or replace function rowlore.set_context(frame jsonb) returns text
  language sql
as $rowlore$
  -- Says who acts, and why, from here to the end of the transaction (or to the next call):
  --   select rowlore.set_context('{"actor": "user:5", "reason": "price list", "request": "r-81", "data": {"ip": "…"}}');
  -- Only a setting of this transaction is written, so it is safe behind a transaction pooler and undone by
  -- `rollback to savepoint`. The row in rowlore.context is written with the first event, by new_context.
  -- One plain select, so that the planner puts it in the place of the call.
  select pg_catalog.set_config('rowlore.frame',
    case when pg_catalog.jsonb_typeof(frame) operator(pg_catalog.=) 'object'
          and (frame operator(pg_catalog.-) '{actor,reason,request,data}'::pg_catalog.text[])
              operator(pg_catalog.=) '{}'::pg_catalog.jsonb
          and coalesce(pg_catalog.jsonb_typeof(frame operator(pg_catalog.->) 'data'), 'null') operator(pg_catalog.=) any ('{object,"null"}'::pg_catalog.text[])
      then frame::pg_catalog.text else rowlore.refuse_context() end, true)
$rowlore$;
