"""Celery carries wake-ups, never the work itself: losing any message costs seconds, as a sweep finds the row.

Early acknowledgement, no countdowns, no retries, no result backend: with Redis, late acknowledgement and the visibility
timeout lose or double tasks when a worker is killed.
"""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("PROXYSTAFF_PROCESS", "worker")

from django.conf import settings

app = Celery("proxystaff", broker=settings.REDIS_URL)
app.conf.update(
    task_acks_late=False,
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={"visibility_timeout": 3600, "health_check_interval": 10},
    task_default_queue="turns",
    task_serializer="json",
    accept_content=["json"],
    timezone="UTC",
    beat_scheduler="django_celery_beat.schedulers:DatabaseScheduler",
    beat_schedule={
        "close-idle-sessions": {"task": "messaging.tasks.tidy", "schedule": 60.0, "options": {"queue": "turns"}},
    },
)
app.autodiscover_tasks()
