update books set price = price + price / 10;
