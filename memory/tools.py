"""The built-in tools of this package; importing them registers them."""

from memory.memory_tool import memory

__all__ = ["memory"]
