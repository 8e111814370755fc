create trigger {{trigger}} before update on rowlore_context
begin
    select raise(abort, 'rowlore: a context is never changed once it is written');
end
