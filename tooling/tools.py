"""The built-in tools of this package; importing them registers them."""

from tooling.builtin import current_time, fetch_url

__all__ = ["current_time", "fetch_url"]
