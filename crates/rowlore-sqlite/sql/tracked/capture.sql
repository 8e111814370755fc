create trigger {{trigger}} after {{operation}} on {{table}}
begin
    -- shape of the event tables: {{shape}}
{{body}}
end
