from __future__ import annotations

FIRST_YEAR, LAST_YEAR = 1970, 2199  # nobody schedules beyond, and zones run out of the calendar at its ends


class RuleError(ValueError):
    """It is no rule; says why."""
