"""`python -m benchmarks.latency.peer`: the least that an answer takes, a call to the model and a call to the messenger.

The product's own clients, on threads, and nothing else: no webhook, no queue, no database, nothing survives a crash.
Asked {"arrivals": [[offset, account, phone], …], "request": of the model, "anthropic", "whatsapp": URLs, "key"} it
answers [[delivery id, when (epoch seconds) its thread was given the message], …].
"""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

from benchmarks.probe import serve
from messaging.channels.base import Credentials, Outgoing, TextPart
from messaging.channels.whatsapp.channel import WhatsApp
from tooling.claude import ClaudeClient

THREADS = 100  # as many as a worker has
GRAPH = "v26.0"


@lru_cache
def client(key: str, url: str) -> ClaudeClient:
    return ClaudeClient(key, url)


def answer(request: dict[str, Any]) -> list[tuple[str, float]]:
    claude = client(request["key"], request["anthropic"])
    channel = WhatsApp()
    ready: list[tuple[str, float]] = []

    def reply(account: str, phone: str) -> None:
        began = time.time()
        words = claude.ask(request["request"], deadline_seconds=60).content[0]["text"]
        delivery = str(uuid.uuid4())
        credentials = Credentials(
            external_id=account, token=f"EAAbench{int(account[-4:])}", base_url=f"{request['whatsapp']}/{GRAPH}"
        )
        channel.send(credentials, Outgoing(delivery_id=delivery, chat_id=phone, part=TextPart(text=words, plain=words)))
        ready.append((delivery, began))

    with ThreadPoolExecutor(THREADS) as threads:
        start = time.monotonic()
        for offset, account, phone in request["arrivals"]:
            time.sleep(max(start + offset - time.monotonic(), 0.0))
            threads.submit(reply, account, phone)
    return ready


if __name__ == "__main__":
    serve(answer)
