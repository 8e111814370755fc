create or replace view rowlore.{{view}} as
  -- The table as it was at the moment that a setting names: set rowlore.as_of = '2026-11-01'. Unset: now.
  select * from rowlore.{{function}}(
    coalesce(nullif(pg_catalog.current_setting('rowlore.as_of', true), '')::timestamptz, pg_catalog.now()));
do {{quote}}
declare
  rl_path constant text := pg_catalog.current_setting('search_path');
begin
  -- How the server repeats a view's text is its own affair: what it says now is what it must say later.
  perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  execute format('comment on view %s is %L', {{view_text}}::regclass,
    concat('{{fingerprint}} ', md5(pg_get_viewdef({{view_text}}::regclass))));
  perform pg_catalog.set_config('search_path', rl_path, true);
end
{{quote}};
