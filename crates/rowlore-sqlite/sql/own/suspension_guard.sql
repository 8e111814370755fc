create trigger {{trigger}} before {{operation}} on rowlore_suspension
begin
    select raise(abort, 'rowlore: what was suspended stays written down');
end
