-- Texts that are compared must not depend on the session's settings. Its search_path stays: triggers of the user's run.
set local intervalstyle = 'postgres';
set local extra_float_digits = 1;
set local bytea_output = 'hex';
set local xmloption = content;
set local datestyle = 'ISO, YMD';
set local timezone = 'UTC';
set constraints all deferred;
