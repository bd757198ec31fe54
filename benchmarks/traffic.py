"""People who write: messages at random moments of a given rate, whether or not the answers keep up."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psycopg

HANDS = 32  # threads that hand messages to the messenger; each has a connection that is kept
_kept = threading.local()


@dataclass(frozen=True)
class Arrival:
    """One message. Its text is its own, so that it can be found wherever it went."""

    offset: float  # seconds from the beginning
    account: str  # the number written to
    phone: str  # who writes
    text: str


def arrivals(people: Sequence[Mapping[str, Any]], rate: float, seconds: float, name: str) -> list[Arrival]:
    """Independent arrivals (exponential gaps, the same for the same `name`), everybody in turn, tenants mixed."""
    dice = random.Random(name)  # noqa: S311 - no secret
    everybody = [(each["account"], phone) for each in people for phone in each["phones"]]
    dice.shuffle(everybody)
    made: list[Arrival] = []
    offset = dice.expovariate(rate)
    while offset < seconds:
        account, phone = everybody[len(made) % len(everybody)]
        made.append(Arrival(offset, account, phone, f"{name} {len(made)}: what is there to do today, and by when?"))
        offset += dice.expovariate(rate)
    return made


def play(whatsapp_url: str, planned: Sequence[Arrival]) -> dict[str, float]:
    """Have the people write; answers when (epoch seconds) each text was handed to the messenger."""
    handed: dict[str, float] = {}

    def write(arrival: Arrival) -> None:
        body = {
            "account": arrival.account,
            "from": {"phone": arrival.phone, "name": "Person"},
            "type": "text",
            "text": arrival.text,
        }
        handed[arrival.text] = time.time()
        post(whatsapp_url, "/_sim/inbound", body)

    with ThreadPoolExecutor(HANDS) as hands:
        began = time.monotonic()
        for arrival in planned:
            time.sleep(max(began + arrival.offset - time.monotonic(), 0.0))
            hands.submit(write, arrival)
    return handed


def post(url: str, path: str, body: Mapping[str, Any]) -> None:
    """Over the thread's own connection; raises RuntimeError where it is refused."""
    connection: http.client.HTTPConnection | None = getattr(_kept, "connection", None)
    if connection is None or _kept.url != url:
        parts = urlsplit(url)
        connection = _kept.connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
        _kept.url = url
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status} {text[:300]!r}")


UNFINISHED = """
    SELECT (SELECT count(*) FROM messaging_message WHERE direction = 'in' AND turn_id IS NULL)
         + (SELECT count(*) FROM messaging_turn WHERE status = 'open')
         + (SELECT count(*) FROM messaging_delivery WHERE status IN ('pending', 'sending'))
"""


def wait_until_answered(operator: psycopg.Connection[Any], written: int, seconds: float = 240.0) -> None:
    """Until so many messages of people are stored and everything is answered and sent; raises TimeoutError."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        row = operator.execute(
            f"SELECT (SELECT count(*) FROM messaging_message WHERE direction = 'in'), ({UNFINISHED})"  # noqa: S608
        ).fetchone()
        if row is not None and row[0] >= written and row[1] == 0:
            return
        time.sleep(0.2)
    raise TimeoutError(f"after {seconds:.0f} s there is still work: {row}")
