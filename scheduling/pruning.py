"""What was over long ago goes: occurrences, and tasks that are done. What was said stays in its conversations."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import connection

from scheduling.now import database_now
from scheduling.outputs import EARLIER

logger = logging.getLogger(__name__)

KEPT = timedelta(days=90)
BATCH = 1000  # in one short transaction


def prune() -> int:
    """How many occurrences went. Any number of processes at once."""
    total = 0
    try:
        while (gone := batch()) > 0:
            total += gone
    finally:
        connection.close()
    if total:
        logger.info("occurrences.pruned", extra={"count": total})
    return total


def batch() -> int:
    before = database_now() - KEPT
    with connection.cursor() as cursor:
        cursor.execute("SELECT scheduling_prune(%s, %s, %s)", [before, EARLIER, BATCH])
        gone: int = cursor.fetchone()[0]
        return gone
