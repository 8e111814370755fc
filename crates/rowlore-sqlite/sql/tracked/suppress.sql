create trigger {{trigger}} before update on {{table}}
when not ({{differs}})
begin
    -- skips this row only; the statement's count of rows leaves it out
    select raise(ignore);
end
