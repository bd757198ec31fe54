"""What the assistant did, written down as it went: one row for each run of a tool, self-test or delivery."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

from django.db import connection
from django.utils import timezone

from tooling.models import Execution
from tooling.signatures import signature_of
from tooling.types import Ran

LONGEST_ERROR = 8_000
MOST_REQUESTS = 50


class Where(TypedDict, total=False):
    """In what a run took place, as far as there is such a thing."""

    version_id: uuid.UUID | None
    number: int
    conversation_id: uuid.UUID | None
    session_id: uuid.UUID | None
    turn_id: uuid.UUID | None
    call_id: str
    role: str
    arguments_hash: str
    tainted: bool
    started_at: datetime  # else as long ago as the run took


def record(
    tenant_id: uuid.UUID, *, kind: Execution.Kind, name: str, ran: Ran, keep_error: bool = True, **where: Unpack[Where]
) -> None:
    """Write it down, in one statement, inside the tenant's scope. A turn's call that is there already is left as it is.

    `keep_error`: not only its signature. It must hold no secrets, and no words of people.
    """
    started_at = where.pop("started_at", None) or timezone.now() - timedelta(milliseconds=ran.ms)
    where["call_id"] = where.get("call_id", "")[:100]
    version_id = where.pop("version_id", None)
    if version_id is not None and not is_there(tenant_id, version_id):
        version_id = None  # the tool was deleted while it ran
    row = Execution(
        tenant_id=tenant_id,
        version_id=version_id,
        kind=kind,
        name=name[:64],
        outcome=ran.outcome,
        signature="" if ran.outcome == "ok" else signature_of(ran.error),
        error=_shortened(ran.error) if keep_error else "",
        started_at=started_at,
        ms=max(0, ran.ms),
        result_bytes=ran.result_bytes,
        requests=[dict(request) for request in ran.requests[:MOST_REQUESTS]],
        **where,
    )
    Execution.objects.bulk_create([row], ignore_conflicts=True)


def is_there(tenant_id: uuid.UUID, version_id: uuid.UUID) -> bool:
    """Whether the version is, and stays until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM tooling_toolversion WHERE tenant_id = %s AND id = %s FOR KEY SHARE", [tenant_id, version_id]
        )
        return cursor.fetchone() is not None


def hash_of(arguments: Mapping[str, Any]) -> str:
    """SHA-256 of them as canonical JSON: the same for the same arguments, in whichever order they were written."""
    text = json.dumps(arguments, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _shortened(error: str) -> str:
    """Its end, where a traceback says what happened; without what PostgreSQL's text cannot hold."""
    plain = error.replace("\0", "").encode("utf-8", "replace").decode()
    return plain if len(plain) <= LONGEST_ERROR else f"…{plain[1 - LONGEST_ERROR :]}"
