update books set stock = 0 where title like 'Roadside%';
