"""Writing down what happened, also when the database is away for a moment."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError

from tenants_app.scope import mend_connections

logger = logging.getLogger(__name__)

TRIES = 20
WAIT = 1.0  # seconds between two tries; the first comes at once, as it may be just this connection that was lost

Written = TypeVar("Written")


def insist(write: Callable[[int], Written], event: str, extra: dict[str, object], tries: int = TRIES) -> Written:
    """Call `write` with the number of the try, from 1, until the database takes it; raises its last error.

    The connection may have been lost between the commit and its answer, so `write` must bear being called again after
    it has succeeded.
    """
    for tried in range(1, tries + 1):
        try:
            return write(tried)
        except (OperationalError, InterfaceError) as error:
            logger.warning(event, extra={**extra, "error": type(error).__name__, "tried": tried})
            if tried == tries:
                raise
            if tried > 1:
                time.sleep(WAIT)
            mend_connections()
    raise AssertionError("not reached")
