"""Secrets that a service wants in the URL: urllib3 logs URLs."""

from __future__ import annotations

import logging
import re

# Filters act only on the very logger that a record is made by, so each of urllib3's that may name a URL has one.
LOGGERS = (
    "urllib3.connectionpool",
    "urllib3.connection",
    "urllib3.poolmanager",
    "urllib3.response",
    "urllib3.util.retry",
)


class _Hide(logging.Filter):
    def __init__(self, pattern: str) -> None:
        super().__init__()
        self._secret = re.compile(pattern)

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        hidden = self._secret.sub("…", message)
        if hidden != message:
            record.msg, record.args = hidden, ()
        return True


def hide_in_urls(pattern: str) -> None:
    """Have what the pattern matches left out of the logs of every URL that is called."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(_Hide(pattern))
