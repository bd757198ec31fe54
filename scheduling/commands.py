"""The commands of this package; importing them registers them."""

from scheduling.listing import show_schedule

__all__ = ["show_schedule"]
