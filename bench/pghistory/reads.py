"""What django-pghistory's own stream of events costs: 200,000 events of one table, newest 100 of them."""

import time

import django

django.setup()

from django.db import connection  # noqa: E402
from pghistory.models import Context, Events  # noqa: E402
from shop.models import Item  # noqa: E402

EVENTS = 200_000
history = [m for m in django.apps.apps.get_models() if getattr(m, "pgh_tracked_model", None) is Item][0]
with connection.cursor() as cursor:
    cursor.execute(
        f"""insert into {history._meta.db_table}
            (pgh_id, pgh_created_at, pgh_label, pgh_obj_id, id, title, author, price, stock, active, updated_at)
            select n, timestamptz '2026-01-01' + n * interval '3 seconds', 'update', r, r, 'title ' || r, 'a',
              (n %% 10000) / 100.0, n %% 100, true, timestamptz '2026-01-01'
            from (select n, 1 + (n * 7919) %% 20000 as r from generate_series(1, {EVENTS}) n) made""",
        [],
    )
    cursor.execute("analyze")


def milliseconds(ask):
    figures = []
    for _ in range(3):
        begun = time.monotonic()
        found = list(ask())
        figures.append((time.monotonic() - begun) * 1000)
    assert found, "an empty answer"
    return sorted(figures)[1]


print("newest", milliseconds(lambda: Events.objects.across(history).order_by("-pgh_created_at")[:100]))
print("object", milliseconds(lambda: Events.objects.tracks(Item(id=5)).order_by("-pgh_created_at")[:100]))
