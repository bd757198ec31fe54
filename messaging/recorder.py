"""A turn's steps, written down one by one, each before anything follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import IntegrityError

from messaging import runs, work
from messaging.models import Session, TurnStep
from messaging.patience import insist
from messaging.usage import Till
from messaging.work import LeaseLost
from tenants_app.faults import fault
from tenants_app.scope import tenant_scope
from tooling.types import AssistantStep, Step, ToolResultStep

if TYPE_CHECKING:
    from messaging.turn_begin import Plan


class Recorder:
    """Writes each step under the epoch guard before anything follows from it.

    From a last word nothing follows but the end of the turn, so it is written with that, in one transaction.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.steps = list(plan.steps)
        self._unwritten: list[Step] = []  # at the end of `steps`
        self.made: dict[str, runs.Made] = {}  # calls by their tool_use ids, of which the results are to be recorded
        self.till = Till(plan.tenant, "chat", plan.turn.pk, plan.claim.epoch)

    def __call__(self, step: Step) -> None:
        """Raises LeaseLost where someone else has taken the turn over."""
        if is_last_word(step):
            self._unwritten.append(step)
            self.steps.append(step)
            return
        insist(lambda tried: self._write(step, tried), "step.unrecorded", {"turn": str(self._plan.turn.pk)})
        self._unwritten.clear()
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
                if self._plan.session is not None:
                    note(self._plan.session, step)
                fault("in_record")
        except IntegrityError as error:
            raise LeaseLost("another worker wrote this step of the turn") from error

    @property
    def prompt_tokens(self) -> int | None:
        """Of the newest reply that was asked for; what the session has come to."""
        replies = (step.reply for step in reversed(self.steps) if isinstance(step, AssistantStep) and step.reply.model)
        return next((reply.usage.prompt_tokens for reply in replies), None)

    def insert(self, steps: Sequence[Step]) -> None:
        """Write them after those so far. Inside the tenant's scope and a guard."""
        plan = self._plan
        fresh = [*self._unwritten, *steps]
        first = len(self.steps) - len(self._unwritten)
        rows = [
            TurnStep(
                tenant_id=plan.tenant.pk,
                turn=plan.turn,
                number=first + place,
                kind=step.kind,
                content=step.to_json(),
            )
            for place, step in enumerate(fresh)
        ]
        if rows:
            TurnStep.objects.bulk_create(rows)
            role, toolbox = plan.situation.role, plan.toolbox
            runs.keep(plan.turn, plan.session, self.steps, fresh, role=role, made=self.made, toolbox=toolbox)
        for step in fresh:
            if isinstance(step, AssistantStep) and step.reply.model:
                self.till.book(step.reply)


def note(session: Session, step: Step) -> None:
    """What the session has come to by this step, in the step's own transaction."""
    if isinstance(step, AssistantStep):
        Session.objects.filter(pk=session.pk).update(prompt_tokens=step.reply.usage.prompt_tokens)
    elif isinstance(step, ToolResultStep) and step.from_outside:
        Session.objects.filter(pk=session.pk).update(tainted=True)


def is_last_word(step: Step) -> bool:
    """Whether the turn ends with this step, whatever the limits: a reply that neither calls a tool nor was cut."""
    return isinstance(step, AssistantStep) and step.reply.stop_reason not in ("tool_use", "max_tokens", "pause_turn")
