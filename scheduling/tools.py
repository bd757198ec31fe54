"""The built-in tools of this package; importing them registers them."""

from scheduling.schedule_tools import (
    change_schedule,
    create_schedule,
    delete_schedule,
    list_schedules,
    pause_schedule,
    run_schedule_now,
    skip_schedule,
)

__all__ = [
    "change_schedule",
    "create_schedule",
    "delete_schedule",
    "list_schedules",
    "pause_schedule",
    "run_schedule_now",
    "skip_schedule",
]
