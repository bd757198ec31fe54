"""A turn's steps, written down one by one, each before anything follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import IntegrityError

from messaging import work
from messaging.models import Session, TurnStep
from messaging.patience import insist
from messaging.usage import Till
from messaging.work import LeaseLost
from tenants_app.faults import fault
from tenants_app.scope import tenant_scope
from tooling.types import AssistantStep, Step

if TYPE_CHECKING:
    from messaging.turn_store import Plan


class Recorder:
    """Writes each step under the epoch guard before anything follows from it."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.steps = list(plan.steps)
        self.till = Till(plan.tenant, "chat", plan.turn.pk, plan.claim.epoch)

    def __call__(self, step: Step) -> None:
        """Raises LeaseLost where someone else has taken the turn over."""
        insist(lambda tried: self._write(step, tried), "step.unrecorded", {"turn": str(self._plan.turn.pk)})
        self.steps.append(step)
        fault("after_record")

    def _write(self, step: Step, tried: int) -> None:
        number = len(self.steps)
        try:
            with tenant_scope(self._plan.claim.tenant_id):
                work.guard(self._plan.claim)
                if tried > 1 and TurnStep.objects.filter(turn=self._plan.turn, number=number).exists():
                    return  # ours, as nobody else has held the turn since: only the answer was lost
                self.insert([step])
                fault("in_record")
        except IntegrityError as error:
            raise LeaseLost("another worker wrote this step of the turn") from error

    def insert(self, steps: Sequence[Step]) -> None:
        """Write them after those so far. Inside the tenant's scope and a guard."""
        plan = self._plan
        rows = [
            TurnStep(
                tenant_id=plan.tenant.pk,
                turn=plan.turn,
                number=len(self.steps) + place,
                kind=step.kind,
                content=step.to_json(),
            )
            for place, step in enumerate(steps)
        ]
        TurnStep.objects.bulk_create(rows)
        for step in steps:
            if isinstance(step, AssistantStep) and step.reply.model and plan.session is not None:
                self.till.book(step.reply)
                Session.objects.filter(pk=plan.session.pk).update(prompt_tokens=step.reply.usage.prompt_tokens)
