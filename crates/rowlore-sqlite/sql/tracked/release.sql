update rowlore_tracked set active = 0, position = null where table_name = {{table}};
