create or replace function rowlore.untrusted_domain(types regtype[]) returns regtype
  language sql stable
  set search_path = pg_catalog, pg_temp
as $rowlore$
  -- A domain somewhere inside one of these types whose owner has not the rights of whoever asks: to read a value of it is
  -- to run what that owner says checks it.
  with recursive parts as (
    select t.oid, t.typtype, t.typowner, t.typelem, t.typbasetype, t.typrelid
    from pg_type t where t.oid = any (types::oid[])
    union
    select n.oid, n.typtype, n.typowner, n.typelem, n.typbasetype, n.typrelid
    from parts p join pg_type n on n.oid in (p.typelem, p.typbasetype)
      or n.oid in (select a.atttypid from pg_attribute a where a.attrelid = p.typrelid and a.attnum > 0 and not a.attisdropped)
      or n.oid in (select r.rngsubtype from pg_range r where p.oid in (r.rngtypid, r.rngmultitypid)))
  select p.oid::regtype from parts p where p.typtype = 'd' and not pg_has_role(p.typowner, current_user, 'member') limit 1
$rowlore$;
