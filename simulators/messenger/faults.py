"""Faults of the two edges of a messenger: calls that come in, and webhooks that go out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulators.common.faults import Fault, FaultQueue

CALL_KINDS = frozenset({"rate_limit", "error", "http", "lost_answer", "hang", "refuse", "blocked"})
WEBHOOK_KINDS = frozenset({"duplicate", "reorder", "delay"})
FACTS = frozenset({"account", "chat", "method", "event"})


class EdgeFaults(FaultQueue):
    """Keeps an incoming call from using up a fault that is meant for a webhook, and the other way round."""

    def __init__(self, *, call_kinds: frozenset[str] = CALL_KINDS) -> None:
        super().__init__(kinds=call_kinds | WEBHOOK_KINDS, facts=FACTS)

    def _read(self, given: object, defaults: Mapping[str, Any]) -> Fault:
        fault = super()._read(given, defaults)
        fault.match = {**fault.match, "edge": "webhook" if fault.kind in WEBHOOK_KINDS else "call"}
        return fault

    def take_for_call(self, *, account: str, chat: str, method: str) -> Fault | None:
        return self.take({"edge": "call", "account": account, "chat": chat, "method": method, "event": ""})

    def take_for_webhook(self, *, account: str, chat: str, event: str) -> Fault | None:
        return self.take({"edge": "webhook", "account": account, "chat": chat, "event": event, "method": "webhook"})
