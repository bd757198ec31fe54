"""Runs the calls of one reply at once, in plain threads."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from tooling.types import ToolCall, ToolResult

AT_ONCE = 8  # calls of one reply that run at the same time; a reply rarely holds more


def at_once(
    call_tool: Callable[[ToolCall], ToolResult], calls: Sequence[ToolCall]
) -> Iterator[tuple[ToolCall, ToolResult]]:
    """Yield each call with its result as it finishes.

    Each call runs in a thread of its own with a copy of the caller's context variables. If the consumer stops early
    (its lease is lost), calls that have not begun are dropped and those that have are waited for.
    """
    pool = ThreadPoolExecutor(max_workers=min(len(calls), AT_ONCE), thread_name_prefix="tool")
    try:
        futures = {pool.submit(contextvars.copy_context().run, call_tool, call): call for call in calls}
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
