"""The smallest Django project that pghistory works in; the bench names the database and the level."""

import os

import pgtrigger

SECRET_KEY = "throwaway"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "pgtrigger", "pghistory", "shop"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["BENCH_DATABASE"],
        "HOST": os.environ["BENCH_HOST"],
        "USER": "postgres",
    }
}
PGHISTORY_LEVEL = {"row": pgtrigger.Row, "statement": pgtrigger.Statement}[os.environ["BENCH_LEVEL"]]
