"""The table of the benchmark, tracked in pghistory's own default way, deletes included."""

import pghistory
from django.db import models


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Item(models.Model):
    id = models.BigIntegerField(primary_key=True)
    title = models.TextField()
    author = models.TextField()
    price = models.DecimalField(max_digits=10, decimal_places=2)
    stock = models.IntegerField()
    active = models.BooleanField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "items"
