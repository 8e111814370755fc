update rowlore_tracked set table_name = {{to}} where table_name = {{from}};
