"""The built-in tools of this package; importing them registers them."""

from memory.fact_tools import facts_about, forget, remember_fact, where_from
from memory.memory_tool import memory
from memory.search.tool import recall

__all__ = ["facts_about", "forget", "memory", "recall", "remember_fact", "where_from"]
