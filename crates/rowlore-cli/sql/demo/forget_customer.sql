delete from customers where id = 2;
