"""Health, readiness and metrics of the web process."""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterator

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from messaging.models import Work, WorkerBeat

_migrated = False


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """200 where messages can be taken: the database answers and is migrated. Broker and sweep are reported only."""
    report: dict[str, object] = {"database": "ok", "migrations": "ok", "broker": "ok", "sweep_age_seconds": None}
    ready = True
    try:
        if not migrated():
            ready, report["migrations"] = False, "not applied: run manage.py migrate"
        else:
            report["sweep_age_seconds"] = sweep_age()
    except DatabaseError as error:
        ready, report["database"] = False, f"away: {type(error).__name__}"
    finally:
        connection.close()
    report["broker"] = broker()
    if settings.RUN_FILE and not os.path.exists(settings.RUN_FILE):  # noqa: PTH110 - one stat, no object
        ready, report["installation"] = False, "still starting"
    return JsonResponse({"ready": ready, **report}, status=200 if ready else 503)


def migrated() -> bool:
    """Whether every migration of this code is applied; asked until it is, then remembered."""
    global _migrated  # noqa: PLW0603 - a fact of the process
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


def sweep_age() -> float | None:
    """Seconds since a worker last swept; None where none did within the hour."""
    newest = WorkerBeat.objects.order_by("-swept_at").values_list("swept_at", flat=True).first()
    return None if newest is None else round((timezone.now() - newest).total_seconds(), 1)


def broker() -> str:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.2, socket_connect_timeout=0.2)
    try:
        client.ping()
    except redis.RedisError as error:
        return f"away: {type(error).__name__} (messages are taken and answered without it, a little later)"
    finally:
        client.close()
    return "ok"


class DatabaseCollector(Collector):
    """What the database knows of all processes, asked at each scrape."""

    def collect(self) -> Iterator[Metric]:
        lanes = GaugeMetricFamily("proxystaff_due_lanes", "Tenants with due work", labels=["kind"])
        oldest = GaugeMetricFamily("proxystaff_oldest_due_seconds", "How long the longest due waits", labels=["kind"])
        due = GaugeMetricFamily("proxystaff_schedules_due", "What is due and not begun", labels=["kind"])
        late = GaugeMetricFamily("proxystaff_schedules_late_seconds", "How long the longest is due", labels=["kind"])
        busy = GaugeMetricFamily("proxystaff_worker_busy", "Turns and sends at work", labels=["worker"])
        age = GaugeMetricFamily("proxystaff_sweep_age_seconds", "Since the worker last swept", labels=["worker"])
        up = GaugeMetricFamily("proxystaff_database_up", "1 where the database answers")
        try:
            with connection.cursor() as cursor:
                for kind in Work.Kind.values:
                    cursor.execute("SELECT lanes, oldest_seconds FROM messaging_backlog(%s)", [kind])
                    count, seconds = cursor.fetchone()
                    lanes.add_metric([kind], count)
                    oldest.add_metric([kind], seconds)
                cursor.execute("SELECT kind, due, oldest_seconds FROM scheduling_backlog()")
                for kind, count, seconds in cursor.fetchall():
                    due.add_metric([kind], count)
                    late.add_metric([kind], seconds)
            now = timezone.now()
            for beat in WorkerBeat.objects.all():
                busy.add_metric([beat.worker], beat.busy)
                age.add_metric([beat.worker], (now - beat.swept_at).total_seconds())
            up.add_metric([], 1)
        except DatabaseError:
            up.add_metric([], 0)
        finally:
            connection.close()
        yield from (up, lanes, oldest, due, late, busy, age)

    def describe(self) -> list[Metric]:
        return []  # registered without asking the database


REGISTRY.register(DatabaseCollector())


def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus. METRICS_TOKEN, where set, must come as a bearer token."""
    expected = f"Bearer {settings.METRICS_TOKEN}"
    given = request.headers.get("Authorization", "")
    if settings.METRICS_TOKEN and not hmac.compare_digest(given.encode(), expected.encode()):
        return HttpResponse("METRICS_TOKEN is set: send it as a bearer token.\n", status=401, content_type="text/plain")
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)
