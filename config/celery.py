"""Celery carries wake-ups, never the work itself: losing any message costs seconds, as a sweep finds the row."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("PROXYSTAFF_PROCESS", "worker")

app = Celery("proxystaff")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
