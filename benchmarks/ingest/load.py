"""`python -m benchmarks.ingest.load`: kept connections that post signed webhooks, each the next when one is answered.

A process of its own, so that it shares no interpreter lock with anybody; raw sockets, as an HTTP library would cost
more than the server under test. Asked {"port", "accounts": file, "tenants": [from, to], "connections", "warm",
"seconds", "prefix"} it answers `Run` as JSON: what happened after the first `warm` seconds.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.probe import serve

BODY = (
    '{"object":"whatsapp_business_account","entry":[{"id":"%(waba)s","changes":[{"value":{"messaging_product":"whatsapp",'
    '"metadata":{"display_phone_number":"15550109999","phone_number_id":"%(number)s"},"contacts":[{"profile":{"name":'
    '"Person %(phone)s"},"wa_id":"%(phone)s"}],"messages":[{"from":"%(phone)s","id":"%(id)s","timestamp":"%(time)d",'
    '"text":{"body":"\\u00bfa qu\\u00e9 hora abren ma\\u00f1ana? I would like to come by today."},"type":"text"}'
    ']},"field":"messages"}]}]}'
)
HEAD = (
    "POST /webhooks/whatsapp/%s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    "X-Hub-Signature-256: sha256=%s\r\nContent-Length: %d\r\n\r\n"
)
OK = b"HTTP/1.1 200"
END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length:"
CHUNKED = b"transfer-encoding: chunked"
LAST_CHUNK = b"0\r\n\r\n"


@dataclass(frozen=True, kw_only=True)
class Run:
    answered: int  # with 200, within the measured time
    per_second: float
    p50: float  # milliseconds from the first byte sent to the last received
    p99: float
    stored: int  # answered with 200 in all, the warming up included


class Refused(RuntimeError):
    """Something else than a 200 came back: nothing measured here would mean anything."""


class Line:
    """One connection with at most one request on its way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began = 0.0
        self._got = b""

    def send(self, request: bytes) -> None:
        self._got = b""
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def answered(self) -> bool:
        """Take what has come; whether it is a whole answer. Raises Refused."""
        piece = self.socket.recv(65536)
        if not piece:
            raise Refused("the connection was closed")
        self._got += piece
        head, found, body = self._got.partition(END_OF_HEAD)
        if not found:
            return False
        if not head.startswith(OK):
            raise Refused(self._got[:500].decode(errors="replace"))
        return is_whole(head.lower(), body)


def is_whole(head: bytes, body: bytes) -> bool:
    """Whether the body has come to its end; `head` in lower case. Raises Refused where nothing tells."""
    start = head.find(LENGTH)
    if start >= 0:
        return len(body) >= int(head[start + len(LENGTH) :].split(b"\r\n", 1)[0])
    if CHUNKED in head:
        return body.endswith(LAST_CHUNK)
    raise Refused("an answer without a length")


def requests(accounts: list[dict[str, Any]], prefix: str) -> Iterator[bytes]:
    """For ever: the next chat of the next account, so that neighbours never write into one conversation."""
    people = [itertools.cycle(account["chats"]) for account in accounts]
    keys = [account["secret"].encode() for account in accounts]
    for number in itertools.count():
        place = number % len(accounts)
        account = accounts[place]
        values = {
            "waba": account["waba_id"],
            "number": account["phone_number_id"],
            "phone": next(people[place]),
            "id": f"wamid.{prefix}.{number:032d}",
            "time": int(time.time()),
        }
        body = (BODY % values).encode()
        signature = hmac.digest(keys[place], body, hashlib.sha256).hex()
        yield (HEAD % (account["app"], signature, len(body))).encode() + body


def run(request: dict[str, Any]) -> dict[str, Any]:
    first, last = request["tenants"]
    accounts = json.loads(Path(request["accounts"]).read_text())["accounts"][first:last]
    lines = [Line(request["port"]) for _ in range(request["connections"])]
    try:
        return asdict(drive(lines, requests(accounts, request["prefix"]), request["warm"], request["seconds"]))
    finally:
        for line in lines:
            line.socket.close()


def drive(lines: list[Line], following: Iterator[bytes], warm: float, seconds: float) -> Run:
    """Keep every line busy for `warm` + `seconds`, then wait for what is on its way."""
    times: list[float] = []
    stored = 0
    with selectors.DefaultSelector() as selector:
        for line in lines:
            selector.register(line.socket, selectors.EVENT_READ, line)
            line.send(next(following))
        measured = time.perf_counter() + warm
        end = measured + seconds
        waiting = len(lines)
        while waiting:
            events = selector.select(timeout=30)
            if not events:
                raise Refused("no answer for 30 s")
            for key, _ in events:
                line = key.data
                if not line.answered():
                    continue
                stored += 1
                now = time.perf_counter()
                if measured <= now < end:
                    times.append(now - line.began)
                if now < end:
                    line.send(next(following))
                else:
                    waiting -= 1
    return summary(times, seconds, stored)


def summary(times: list[float], seconds: float, stored: int) -> Run:
    if not times:
        raise Refused("nothing was answered within the measured time")
    times.sort()

    def at(part: float) -> float:
        return times[min(int(len(times) * part), len(times) - 1)] * 1000

    return Run(answered=len(times), per_second=len(times) / seconds, p50=at(0.5), p99=at(0.99), stored=stored)


if __name__ == "__main__":
    serve(run)
