create or replace function rowlore.suspends(trackers text[]) returns boolean
  language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp
as $rowlore$
-- Whether one of these is suspended in this transaction. Capture functions ask only where rowlore.suspended is set; a
-- session that set it by hand has no row here.
begin
  return coalesce((
    select s.trackers && suspends.trackers from rowlore.suspension s
    -- After a dump is restored, numbers of transactions come again.
    where s.xid = txid_current() and s.at >= transaction_timestamp() order by s.id desc limit 1), false);
end
$rowlore$;
