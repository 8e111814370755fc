update books set title = 'The Left Hand of Darkness (50th anniversary)', price = 24 where id = 1;
