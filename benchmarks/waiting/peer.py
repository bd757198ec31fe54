"""`python -m benchmarks.waiting.peer`: the bare SDK in threads, all waiting for the model at once.

One SDK client for all, as in the product. Asked {"calls": n, "request", "anthropic", "key"} it makes them, each on
a thread of its own, and answers the number of events when all have their replies.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import anthropic
import httpx2

from benchmarks.probe import serve


@lru_cache
def client(key: str, url: str) -> anthropic.Anthropic:
    limits = httpx2.Limits(max_connections=2000, max_keepalive_connections=2000)
    return anthropic.Anthropic(
        api_key=key, base_url=url, max_retries=0, http_client=httpx2.Client(limits=limits, base_url=url)
    )


def answer(request: dict[str, Any]) -> int:
    sdk = client(request["key"], request["anthropic"])

    def call(_: int) -> int:
        with sdk.messages.create(**request["request"], stream=True) as stream:
            return sum(1 for _ in stream)

    with ThreadPoolExecutor(request["calls"]) as threads:
        return sum(threads.map(call, range(request["calls"])))


if __name__ == "__main__":
    serve(answer)
