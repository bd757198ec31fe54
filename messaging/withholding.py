"""An answer to a customer that may not go out: they are told that a person follows up, and the owner is told why."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from messaging import asking, work
from messaging.answers import answer, receipts_of, text_of
from messaging.language import language_for
from messaging.models import Conversation, Turn
from messaging.outbound import is_telling, why_withheld
from messaging.phrases import phrase
from messaging.turn_begin import Plan
from messaging.turn_end import Ending
from tenants_app import audit
from tenants_app.scope import tenant_scope
from tooling.types import Offer

logger = logging.getLogger(__name__)

WITHHELD = "withheld"  # begins the turn's reason, and is why its session ends
UNFINISHED = re.compile(r"(?:\d[\d\s().-]{2,}|\S*@\S*|[$€£]\s?\d*)$")  # it may become a number, address or price


def checked(plan: Plan, ending: Ending, offers: Sequence[Offer]) -> Ending:
    """The ending as it may go out: of what was offered, what was done is told still. Outside of any scope.

    The session ends with what was withheld, so that the next one begins with what was really said.
    """
    if plan.situation.role != "customer" or not ending.parts:
        return ending
    payloads = [part for part in ending.parts if isinstance(part, Mapping)]  # as answers are
    writers = [contact for message in plan.messages if (contact := message.contact) is not None]
    people = [plan.situation.contact, *writers]
    why = why_withheld(plan.tenant, people, f"{ending.text}\n{text_of(payloads)}")
    if not why:
        return ending
    logger.warning("answer.withheld", extra={"turn": str(plan.turn.pk), "reason": why})
    hand_over(plan, why)
    text = phrase(WITHHELD, language_for(plan.situation.contact, plan.tenant, plan.messages))
    reason = f"{WITHHELD}: {why}"
    done = [offer for offer in offers if offer["kind"] == "receipt"]
    if why_withheld(plan.tenant, people, "\n".join(receipts_of(plan, done))):  # the tool's own words told it
        done = []
    return replace(
        ending,
        status=Turn.Status.APOLOGISED,
        reason=reason,
        text=text,
        parts=answer(plan, text, done),
        close_session=WITHHELD,
    )


def hand_over(plan: Plan, why: str) -> None:
    """As where they ask for a person: the owner is told, once an hour for a conversation."""
    conversation_id = plan.situation.conversation.pk
    with tenant_scope(plan.tenant, first=work.locked(conversation_id)):
        conversation = Conversation.objects.select_related("tenant", "account").get(pk=conversation_id)
        audit.record(plan.tenant, "assistant", "answer.withheld", f"conversation {conversation_id}", reason=why)
        if asking.minutes_since(conversation) is None:
            asking.ask(conversation, plan.situation.contact, phrase(f"withheld_{why}", plan.tenant.language))


def guard_for(plan: Plan) -> Callable[[str], bool] | None:
    """What says of the beginning of an answer that it may not be shown before the whole was checked; None: no need."""
    if plan.situation.role != "customer":
        return None
    return lambda text: is_telling(text) or UNFINISHED.search(text) is not None
