insert into rowlore_tracked (table_name, installation, active, tracked_at)
values ({{table}}, {{installation}}, {{active}}, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
on conflict (table_name) do update set
    tracked_at = case
        when active = 1 and installation ->> '$.since' = excluded.installation ->> '$.since' then tracked_at
        else excluded.tracked_at
    end,
    position = case
        when active = 1 and excluded.active = 1
            and installation ->> '$.since' = excluded.installation ->> '$.since'
            and installation ->> '$.capture.key' = excluded.installation ->> '$.capture.key' then position
    end,
    installation = excluded.installation,
    active = excluded.active;
