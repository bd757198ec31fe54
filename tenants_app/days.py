"""Days and months of the installation, in UTC: what its operators count by."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.utils import timezone


def start_of_day() -> datetime:
    return timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)


def start_of_month() -> datetime:
    return start_of_day().replace(day=1)


def first_id(moment: datetime) -> uuid.UUID:
    """The smallest time-ordered id made at or after the moment: a bound that the primary key's index serves."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)
