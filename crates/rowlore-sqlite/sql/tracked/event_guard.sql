create trigger {{trigger}} before {{operation}} on {{events}}
begin
    select raise(abort, {{sentence}});
end
