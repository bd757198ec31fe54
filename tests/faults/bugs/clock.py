"""Ids as a host whose clock is wrong makes them."""

from __future__ import annotations

import time
import uuid
from typing import Any


def shift_ids(seconds: float) -> None:
    """From now on, each new id of this process says that it is from `seconds` later (or earlier).

    The module's own maker of UUIDs is replaced, so that models that hold `new_id` as a default follow.
    """
    from uuid_utils import compat

    from tenants_app import ids as module

    ids: Any = module

    class Shifted:
        @staticmethod
        def uuid7() -> uuid.UUID:
            return compat.uuid7(nanoseconds=time.time_ns() + round(seconds * 1e9))

    if ids.compat is not compat:
        raise RuntimeError("tenants_app.ids makes its ids by other means now; mend the shift of the clock.")
    ids.compat = Shifted
    made = (ids.new_id().int >> 80) / 1000  # a UUIDv7 begins with the milliseconds
    if abs(made - time.time() - seconds) > 1:
        raise RuntimeError("tenants_app.ids no longer takes the time of an id from there; mend the shift of the clock.")
