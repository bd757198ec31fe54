"""What a turn's calls to Claude cost: set aside before each, booked with its reply, given back where none came."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone

from messaging.credentials import Kept
from tenants_app import budgets
from tenants_app.budgets import Call, Held, Refusal
from tenants_app.models import Price, Tenant, UsageRow
from tenants_app.scope import tenant_scope
from tooling.estimate import prompt_tokens
from tooling.types import ClaudeError, Reply

prices: Kept[Price] = Kept(lambda model: Price.current(model, timezone.now()))


class Stopped(Exception):
    """The call was not made: no budget holds it, or nobody knows what it would cost (`refusal` is None)."""

    def __init__(self, model: str, refusal: Refusal | None, request: Mapping[str, Any]) -> None:
        super().__init__(f"a call to {model} was not made: {'budget' if refusal else 'no price'}")
        self.model = model
        self.refusal = refusal
        self.request = request


class Till:
    """What pays for the calls of one turn, one after the other."""

    def __init__(self, tenant: Tenant, purpose: str, reference: uuid.UUID, epoch: int) -> None:
        self._tenant = tenant
        self._purpose = purpose
        self._reference = reference
        self._epoch = epoch
        self._held: Held | None = None

    def pay(self, request: Mapping[str, Any], ask: Callable[[], Reply]) -> Reply:
        """Set the money aside, then ask. Raises Stopped, and then nothing was asked; raises ClaudeError."""
        call = self.call(request, request["model"])
        held = budgets.reserve(self._tenant, call, timezone.now()) if call else None
        if not isinstance(held, Held):
            raise Stopped(request["model"], held, request)
        self._held = held
        try:
            return ask()
        except ClaudeError as error:
            self.give_back(held, error)
            raise

    def call(self, request: Mapping[str, Any], model: str) -> Call | None:
        """The request as a call to that model; None where it has no price: it would spend without a limit."""
        price = prices.get(model)
        if price is None:
            return None
        return Call(
            reference=self._reference,
            epoch=self._epoch,
            purpose=self._purpose,
            price=price,
            input_tokens=prompt_tokens(request),
            max_tokens=request["max_tokens"],
        )

    def give_back(self, held: Held, error: ClaudeError) -> None:
        """A stream that broke was billed as far as it told; a call that nobody answered may have been billed."""
        self._held = None
        with tenant_scope(self._tenant):
            if error.usage_seen is not None:
                cut = Reply(content=[], stop_reason="cut", usage=error.usage_seen, request_id=error.request_id)
                budgets.settle(self._tenant, held, self.row(held, cut))
            elif error.outcome_unknown:
                budgets.lose(self._tenant, held)
            else:
                budgets.release(self._tenant, held)

    def book(self, reply: Reply) -> None:
        """Price what the reply used and end its reservation, in the transaction that records it."""
        if self._held is None:
            raise ValueError("a reply that nothing was set aside for")
        budgets.settle(self._tenant, self._held, self.row(self._held, reply))

    def row(self, held: Held, reply: Reply) -> UsageRow:
        """Unpriced. The rate is that of the model that was asked: the reply may name a version of it."""
        return UsageRow(
            tenant=self._tenant,
            purpose=self._purpose,
            model=reply.model or held.price.model,
            reference=self._reference,
            request_id=reply.request_id[:100],
            input_tokens=reply.usage.input_tokens,
            output_tokens=reply.usage.output_tokens,
            cache_read_tokens=reply.usage.cache_read_tokens,
            cache_write_5m_tokens=reply.usage.cache_write_5m_tokens,
            cache_write_1h_tokens=reply.usage.cache_write_1h_tokens,
        )
