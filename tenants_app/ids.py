"""Time-ordered identifiers, made in Python so that nothing depends on the database's version."""

from __future__ import annotations

import uuid

from uuid_utils import compat


def new_id() -> uuid.UUID:
    """A UUIDv7: sorts by creation time to the millisecond, random after that."""
    return compat.uuid7()
