"""What was over long ago goes: occurrences, and tasks that are done. What was said stays in its conversations."""

from __future__ import annotations

import logging
import uuid
from datetime import timedelta

from django.db import connection

from scheduling.now import database_now
from scheduling.outputs import EARLIER

logger = logging.getLogger(__name__)

KEPT = timedelta(days=90)
BATCH = 1000  # in one short transaction
FIRST = uuid.UUID(int=0)


def prune() -> int:
    """How many occurrences went. Any number of processes at once."""
    total = 0
    after: uuid.UUID | None = FIRST
    try:
        while after is not None:
            gone, after = batch(after)
            total += gone
    finally:
        connection.close()
    if total:
        logger.info("occurrences.pruned", extra={"count": total})
    return total


def batch(after: uuid.UUID = FIRST) -> tuple[int, uuid.UUID | None]:
    """How many went behind that id, and the last of them: what stays is looked at once in a run."""
    before = database_now() - KEPT
    with connection.cursor() as cursor:
        cursor.execute("SELECT gone, last FROM scheduling_prune(%s, %s, %s, %s)", [after, before, EARLIER, BATCH])
        gone, last = cursor.fetchone()
        return gone, last
