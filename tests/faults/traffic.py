"""The services' side of the webhooks: posts what people write, and again until it is acknowledged, as they do.

Telegram sends a chat's next update only when the one before it was taken; Meta's come as they please.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.faults import cast
from tests.faults.cast import Account, Request
from tests.faults.door import Door
from tests.faults.evidence import Posted
from tests.faults.tokens import Token

GIVE_UP_SECONDS = 180.0
LONGEST_PAUSE = 2.0  # between two tries; the services take minutes


@dataclass(frozen=True)
class Letter:
    """One message of a person. `hold`: delivered so many seconds late; `again`: and then once more after these."""

    token: Token
    text: str
    hold: float = 0.0
    again: tuple[float, ...] = ()
    twice: bool = False  # two copies at once
    picture: str = ""  # its id at WhatsApp, where it is a picture with the text under it

    @property
    def number(self) -> int:
        """Unique for the account: Telegram's update id and message id."""
        return self.token.chat * 100_000 + self.token.number

    @property
    def key(self) -> str:
        return f"wamid.{self.token}" if self.token.channel == "whatsapp" else str(self.number)


class Poster:
    def __init__(self, door: Door, accounts: dict[tuple[int, str], Account], loop: asyncio.AbstractEventLoop) -> None:
        self._door, self._accounts, self._loop = door, accounts, loop
        self._heads: defaultdict[tuple[int, int], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._pictures: set[Token] = set()  # of the messages with one
        self._open = 0
        self._lock = threading.Lock()

    @property
    def outstanding(self) -> int:
        """What no web process has acknowledged yet, and copies still to be posted."""
        return self._open

    def post(self, *letters: Letter) -> Future[bool]:
        """Deliver a message, or several in one body of Meta's; the answer is whether it was acknowledged."""
        return self._begin(self._deliver(letters))

    def post_garbage(self, token: Token, shape: str) -> Future[bool]:
        """An authentic body that nobody can make sense of; the token stands in it."""
        account = self._accounts[token.tenant, token.channel]
        return self._begin(self._until_taken(garbage(account, token, shape), "garbage", [(token, f"garbage {token}")]))

    def _begin(self, work: Any) -> Future[bool]:
        async def counted() -> bool:
            try:
                return bool(await work)
            finally:
                with self._lock:
                    self._open -= 1

        with self._lock:
            self._open += 1
        return asyncio.run_coroutine_threadsafe(counted(), self._loop)

    async def _deliver(self, letters: Sequence[Letter]) -> bool:
        first = letters[0]
        await asyncio.sleep(first.hold)
        request = self._request(letters)
        rows = [(letter.token, letter.key) for letter in letters]
        self._pictures.update(letter.token for letter in letters if letter.picture)
        copies = 2 if first.twice else 1
        if first.token.channel == "telegram":
            async with self._heads[first.token.tenant, first.token.chat]:
                taken = await self._copies(request, rows, copies)
        else:
            taken = await self._copies(request, rows, copies)
        for pause in first.again:
            await asyncio.sleep(pause)
            await self._once(request, "message", rows, duplicate=taken)
        return taken

    async def _copies(self, request: Request, rows: list[tuple[Token, str]], copies: int) -> bool:
        return all(await asyncio.gather(*(self._until_taken(request, "message", rows) for _ in range(copies))))

    def _request(self, letters: Sequence[Letter]) -> Request:
        token = letters[0].token
        account = self._accounts[token.tenant, token.channel]
        if token.channel == "telegram":
            update = cast.telegram_text(token.tenant, token.chat, letters[0].number, letters[0].text)
            return cast.telegram_request(account, update)
        entries = [
            cast.whatsapp_text(each.token.tenant, each.token.chat, each.key, each.text, each.picture)
            for each in letters
        ]
        return cast.whatsapp_request(account, entries)

    async def _until_taken(self, request: Request, kind: str, rows: list[tuple[Token, str]]) -> bool:
        began, pause = time.monotonic(), 0.0
        while time.monotonic() - began < GIVE_UP_SECONDS:
            if await self._once(request, kind, rows):
                return True
            await asyncio.sleep(pause)
            pause = min(max(pause * 2, 0.25), LONGEST_PAUSE)
        return False

    async def _once(
        self, request: Request, kind: str, rows: list[tuple[Token, str]], *, duplicate: bool = False
    ) -> bool:
        began, status = time.time(), None
        url = self._door.next_web() + request.path
        try:
            async with self._door.session.post(url, data=request.body, headers=request.headers) as response:
                await response.read()
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            status = None
        answered = time.time() if status is not None else None
        for token, key in rows:
            self._door.journal.posted.append(
                Posted(
                    at=began,
                    answered_at=answered,
                    status=status,
                    tenant=token.tenant,
                    kind=kind,
                    channel=token.channel,
                    chat=token.chat,
                    tokens=(str(token),),
                    key=key,
                    duplicate=duplicate,
                    picture=token in self._pictures,
                )
            )
        return status is not None and 200 <= status < 300


def garbage(account: Account, token: Token, shape: str) -> Request:
    """`shape`: "unknown" (JSON of a kind that nobody knows), "broken" (cut JSON) or "binary" (no text at all)."""
    raw = cast.whatsapp_raw if token.channel == "whatsapp" else cast.telegram_raw
    if shape == "broken":
        return raw(account, f'{{"object": "whatsapp_business_account", "note": "{token}", "entry": ['.encode())
    if shape == "binary":
        return raw(account, b"\x00\xff\xfe" + str(token).encode() + b"\x80\x00")
    if token.channel == "whatsapp":
        return cast.whatsapp_request(account, [cast.whatsapp_garbage(token.tenant, f"garbage {token}", str(token))])
    return cast.telegram_request(account, cast.telegram_garbage(900_000_000 + token.number, str(token)))
