create or replace function rowlore.nearest(wrong text, known text[]) returns text
  language plpgsql immutable
  set search_path = pg_catalog, pg_temp
as $rowlore$
-- The one of `known` that a person who wrote `wrong` most likely meant, if any is near enough: by letters to insert,
-- delete, replace or swap with the next, of which a third may differ. For error messages.
declare
  best text;
  far_best integer := greatest(length(wrong) / 3, 1);
  one text;
  far_one integer;
  before_that integer[];
  before integer[];
  now integer[];
begin
  foreach one in array known loop
    before := array(select n from generate_series(0, length(one)) n);
    for i in 1 .. length(wrong) loop
      now := array[i];
      for j in 1 .. length(one) loop
        now := now || least(now[j] + 1, before[j + 1] + 1, before[j]
          + case when lower(substr(wrong, i, 1)) = lower(substr(one, j, 1)) then 0 else 1 end,
          case when i > 1 and j > 1 and lower(substr(wrong, i - 1, 2)) = lower(reverse(substr(one, j - 1, 2)))
            then before_that[j - 1] + 1 end);
      end loop;
      before_that := before;
      before := now;
    end loop;
    far_one := before[length(one) + 1];
    if far_one < far_best or (best is null and far_one = far_best) then
      best := one;
      far_best := far_one;
    end if;
  end loop;
  return best;
end
$rowlore$;
