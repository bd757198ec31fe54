"""What a clock does: idle sessions are closed, budgets of a new day opened, workers that are gone forgotten."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from messaging import ceiling, sessions
from messaging.models import Session, WorkerBeat
from tenants_app.scope import tenant_scope

AT_ONCE = 500


def tidy() -> None:
    before = timezone.now() - timedelta(hours=settings.SESSION_IDLE_HOURS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, session_id FROM messaging_idle_sessions(%s, %s)", [before, AT_ONCE])
        idle = cursor.fetchall()
    for tenant_id, session_id in idle:
        with tenant_scope(tenant_id):
            session = Session.objects.filter(pk=session_id, used_at__lt=before).first()
            if session is not None:
                sessions.close(session, "idle")
    ceiling.tidy(timezone.now())
    WorkerBeat.objects.filter(swept_at__lt=timezone.now() - timedelta(hours=1)).delete()
    connection.close()
