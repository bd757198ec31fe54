"""Now by the database's clock, which all tickers and runners go by, on whichever machine they are."""

from __future__ import annotations

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT scheduling_now()")
        now: datetime = cursor.fetchone()[0]
        return now
