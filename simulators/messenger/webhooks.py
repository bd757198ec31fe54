"""The queue of webhooks on their way out: order, retries and faults, as the services deliver them."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from simulators.common.faults import Fault
from simulators.messenger.clock import WakingClock
from simulators.messenger.faults import EdgeFaults


@dataclass(slots=True, eq=False)
class Webhook:
    account: str
    chat: str
    event: str  # what it tells: "message", "status", or Telegram's update type
    body: bytes
    lane: str  # webhooks of one lane go out one after the other
    created: float
    message_ids: list[str] = field(default_factory=list)  # the person's messages in it
    attempts: int = 0
    done: asyncio.Future[bool] | None = None  # for those who wait: True once acknowledged, False when dropped

    def settle(self, acknowledged: bool) -> None:
        if self.done is not None and not self.done.done():
            self.done.set_result(acknowledged)


@dataclass(frozen=True, kw_only=True)
class Target:
    url: str
    headers: dict[str, str]
    max_connections: int


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How a service delivers. `delay(n)`: seconds to wait after the n-th failure, from 1; `keep`: seconds."""

    head_of_line: bool  # a lane waits until its head is acknowledged, however long that takes
    waits_for_url: bool  # kept while the account has no webhook URL; else dropped
    accepts: Callable[[int], bool]
    honours_retry_after: bool
    delay: Callable[[int], float]
    timeout: Callable[[], float]
    keep: float


@dataclass(frozen=True)
class Outcome:
    error: str | None  # None: acknowledged
    retry_after: float | None = None


class WebhookQueue:
    def __init__(
        self,
        *,
        clock: WakingClock,
        policy: Policy,
        faults: EdgeFaults,
        target: Callable[[Webhook], Target | None],
        attempted: Callable[[Webhook, str | None], None],
    ) -> None:
        self._clock, self._policy, self._faults = clock, policy, faults
        self._target, self._attempted = target, attempted
        self._pending: dict[Webhook, None] = {}
        self._lanes: dict[tuple[str, str], deque[Webhook]] = {}
        self._running: set[tuple[str, str]] = set()
        self._held: dict[tuple[str, str], list[asyncio.Event]] = {}
        self._open: dict[str, int] = {}
        self._free: dict[str, asyncio.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), auto_decompress=False)
        self.resume()

    async def stop(self) -> None:
        self._cancel_tasks()
        if self._session is not None:
            await self._session.close()

    def put(self, webhook: Webhook) -> None:
        self._pending[webhook] = None
        key = (webhook.account, webhook.lane)
        self._lanes.setdefault(key, deque()).append(webhook)
        self._start_lane(key)

    def pending(self, account: str) -> int:
        return sum(webhook.account == account for webhook in self._pending)

    def resume(self) -> None:
        """Go on with lanes that waited for a webhook URL."""
        for key in tuple(self._lanes):
            self._start_lane(key)

    def drop(self, account: str) -> None:
        for webhook in [webhook for webhook in self._pending if webhook.account == account]:
            self._forget(webhook, acknowledged=False)
        for key in [key for key in self._lanes if key[0] == account]:
            self._lanes[key].clear()

    def clear(self) -> None:
        self._cancel_tasks()
        for webhook in tuple(self._pending):
            self._forget(webhook, acknowledged=False)
        for held in (self._lanes, self._running, self._held, self._open, self._free):
            held.clear()

    def snapshot(self) -> list[dict[str, Any]]:
        kept = ("account", "chat", "event", "lane", "created", "message_ids")
        return [
            {**{name: getattr(webhook, name) for name in kept}, "body": webhook.body.decode("latin-1")}
            for webhook in self._pending
        ]

    def restore(self, webhooks: list[dict[str, Any]]) -> None:
        """Take back what a snapshot kept; deliveries begin with `start`."""
        for kept in webhooks:
            webhook = Webhook(**{**kept, "body": kept["body"].encode("latin-1")})
            self._pending[webhook] = None
            self._lanes.setdefault((webhook.account, webhook.lane), deque()).append(webhook)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _cancel_tasks(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()

    def _forget(self, webhook: Webhook, *, acknowledged: bool) -> None:
        self._pending.pop(webhook, None)
        webhook.settle(acknowledged)

    def _start_lane(self, key: tuple[str, str]) -> None:
        if key not in self._running and self._session is not None:
            self._running.add(key)
            self._spawn(self._run_lane(key, self._lanes[key]))

    async def _run_lane(self, key: tuple[str, str], lane: deque[Webhook]) -> None:
        while lane:
            webhook = lane[0]
            if webhook in self._pending and not await self._serve_head(key, webhook):
                break  # no webhook URL: `resume` goes on here
            if lane and lane[0] is webhook:
                lane.popleft()
        self._running.discard(key)
        if not lane and self._lanes.get(key) is lane:
            del self._lanes[key]

    async def _serve_head(self, key: tuple[str, str], webhook: Webhook) -> bool:
        if self._target(webhook) is None:
            if not self._policy.waits_for_url:
                self._forget(webhook, acknowledged=False)
            return not self._policy.waits_for_url
        fault = self._faults.take_for_webhook(account=webhook.account, chat=webhook.chat, event=webhook.event)
        if self._policy.head_of_line:
            await self._hold(key, fault)
            return await self._retry(webhook, fault)
        if fault is not None and fault.kind in {"delay", "reorder"}:
            self._spawn(self._serve_aside(key, webhook, fault))
            return True
        outcome = await self._attempt(webhook, fault)
        if outcome.error is None:
            for held in self._held.pop(key, []):
                held.set()
        else:
            self._spawn(self._serve_later(webhook, outcome))
        return True

    async def _serve_aside(self, key: tuple[str, str], webhook: Webhook, fault: Fault) -> None:
        await self._hold(key, fault)
        await self._retry(webhook, None)

    async def _serve_later(self, webhook: Webhook, outcome: Outcome) -> None:
        await self._back_off(webhook, outcome)
        await self._retry(webhook, None)

    async def _hold(self, key: tuple[str, str], fault: Fault | None) -> None:
        """Wait as a delay or reorder says; a reordered webhook goes after the next one of its lane, or after a time."""
        if fault is None or fault.kind not in {"delay", "reorder"}:
            return
        seconds = fault.number("seconds", 1.0)
        if fault.kind == "delay" or self._policy.head_of_line:
            await self._clock.sleep_until(self._clock.now() + seconds)
            return
        passed = asyncio.Event()
        self._held.setdefault(key, []).append(passed)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(passed.wait(), seconds)

    async def _retry(self, webhook: Webhook, fault: Fault | None) -> bool:
        """Try until acknowledged or too old; False where the webhook URL is gone and the service waits for one."""
        while webhook in self._pending:
            if self._target(webhook) is None and self._policy.waits_for_url:
                return False
            outcome = await self._attempt(webhook, fault)
            if outcome.error is None:
                break
            await self._back_off(webhook, outcome)
        return True

    async def _back_off(self, webhook: Webhook, outcome: Outcome) -> None:
        wait = self._policy.delay(webhook.attempts)
        if outcome.retry_after is not None and self._policy.honours_retry_after:
            wait = outcome.retry_after
        await self._clock.sleep_until(self._clock.now() + wait)
        if self._clock.now() - webhook.created > self._policy.keep:
            self._forget(webhook, acknowledged=False)

    async def _attempt(self, webhook: Webhook, fault: Fault | None) -> Outcome:
        target = self._target(webhook)
        if target is None:
            self._forget(webhook, acknowledged=False)
            return Outcome(None)
        copies = 2 if fault is not None and fault.kind == "duplicate" else 1
        await self._enter(webhook.account, target.max_connections)
        try:
            posts = [self._post(webhook, target) for _ in range(copies)]
            outcome = (await asyncio.gather(*posts))[-1]
        finally:
            self._leave(webhook.account)
        webhook.attempts += 1
        if webhook not in self._pending:
            return Outcome(None)
        if outcome.error is None:
            self._forget(webhook, acknowledged=True)
        self._attempted(webhook, outcome.error)
        return outcome

    async def _enter(self, account: str, limit: int) -> None:
        while self._open.get(account, 0) >= limit:
            await self._free.setdefault(account, asyncio.Event()).wait()
        self._open[account] = self._open.get(account, 0) + 1

    def _leave(self, account: str) -> None:
        self._open[account] = self._open.get(account, 1) - 1
        free = self._free.pop(account, None)
        if free is not None:
            free.set()

    async def _post(self, webhook: Webhook, target: Target) -> Outcome:
        assert self._session is not None  # noqa: S101 - lanes run only once `start` has made it
        timeout = aiohttp.ClientTimeout(total=self._policy.timeout())
        try:
            async with self._session.post(
                target.url, data=webhook.body, headers=target.headers, timeout=timeout, allow_redirects=False
            ) as response:
                await response.read()
                if self._policy.accepts(response.status):
                    return Outcome(None)
                error = f"Wrong response from the webhook: {response.status} {response.reason}"
                return Outcome(error, _seconds(response.headers.get("Retry-After")))
        except TimeoutError:
            return Outcome("Connection timed out")
        except (aiohttp.ClientError, ValueError, OSError) as error:
            return Outcome(f"Connection failed: {type(error).__name__}")


def _seconds(value: str | None) -> float | None:
    return float(value) if value is not None and value.isdecimal() else None
