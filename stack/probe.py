"""`python -m stack.probe URL | worker | beat`: the health check of a container; exits with 0 where all is well.

A URL must answer with a status under 300. The worker must have swept lately, and beat have sent its ticks: both are
read from the database with DATABASE_URL. No Django, as this runs every few seconds.
"""

from __future__ import annotations

import os
import socket
import sys

import psycopg

from stack.parts import answers

# `make up` knows by itself whether its children live; a container's engine asks these. The app's role may read both.
QUERIES = {
    "worker": (
        "SELECT max(swept_at) > now() - interval '60 seconds' FROM messaging_workerbeat"
        " WHERE split_part(worker, ':', 1) = %(host)s"
    ),
    # beat writes its ticks down every three minutes
    "beat": "SELECT max(last_run_at) > now() - interval '10 minutes' FROM django_celery_beat_periodictask",
}


def is_well(what: str) -> bool:
    """Raises psycopg.Error where the database cannot be asked, and KeyError without DATABASE_URL."""
    if what not in QUERIES:
        return answers(what, below=300, seconds=4)
    with psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=4) as connection:
        row = connection.execute(QUERIES[what], {"host": socket.gethostname()}).fetchone()
    return row is not None and row[0] is True


def main() -> int:
    if len(sys.argv) != 2:
        sys.stderr.write(f"Usage: python -m stack.probe URL | {' | '.join(QUERIES)}\n")
        return 2
    try:
        well = is_well(sys.argv[1])
    except psycopg.Error as error:
        sys.stderr.write(f"The database cannot be asked: {type(error).__name__}\n")
        return 1
    if not well:
        sys.stderr.write(f"{sys.argv[1]} gives no sign of life.\n")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
