"""What becomes of a turn whose call no budget holds: the cheaper model, else a clear word to the person, once a day.

The turn ends with that word. What the person goes on to write that day is kept, shown in the admin and seen by Claude
with the next message after the budget opens, but not commented on each time.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone

from memory.tags import outside_tags
from messaging import sessions, work
from messaging.answers import apology, text_of
from messaging.channels import get_channel
from messaging.channels.base import TextPart
from messaging.models import Conversation, Message, Turn
from messaging.phrases import phrase
from messaging.presence import linger
from messaging.prompt import EARLIER_TAG
from messaging.recorder import Recorder
from messaging.turn_begin import Plan
from messaging.turn_end import Carried, Ending, commit, say
from messaging.turn_retry import RETRY_MOST_SECONDS, put_off, retry_in
from messaging.usage import Stopped
from tenants_app import audit, ceilings
from tenants_app.budgets import Refusal
from tenants_app.ceilings import Standing
from tenants_app.models import BudgetNotice, Contact, Tenant
from tenants_app.periods import periods_of
from tenants_app.scope import tenant_scope
from tooling.history import close_history
from tooling.types import AssistantStep, UserStep

UNPRICED_RETRY = timedelta(minutes=5)  # somebody has to enter the price first
USED_UP = "The budget for the"  # how the reasons of such turns begin
EARLIER = f"{EARLIER_TAG}\n{{recap}}\n</earlier_context>"


def go_on_cheaper(plan: Plan, recorder: Recorder, stopped: Stopped) -> Plan | None:
    """The same turn in a new session on the cheaper model; None where that does not help.

    It does not once the turn has had a reply: what ran would run again. Histories stay append-only, so another model
    begins a session of its own, and is told the end of the talk before it.
    """
    refusal, session = stopped.refusal, plan.session
    if refusal is None or refusal.momentary or session is None:
        return None
    model = sessions.cheaper_model(plan.tenant)
    if model == session.model or any(isinstance(step, AssistantStep) for step in recorder.steps):
        return None
    call = recorder.till.call(stopped.request, model)
    if call is None or call.dollars > refusal.left:
        return None
    with tenant_scope(plan.tenant):
        ceilings.note_cheaper(plan.tenant, refusal, model)
        work.guard(plan.claim)
        sessions.close(session, "budget")
        cheaper = sessions.open_session(plan.situation, session.number + 1, model)
        recap = earlier(plan) if plan.history else sessions.Recap()
        if session.tainted or recap.tainted:
            sessions.taint(cheaper)
        Turn.objects.filter(pk=plan.turn.pk).update(session=cheaper)
        told = [as_step(recap.text)] if recap.text else []
        recorder.insert(told)
    return replace(
        plan,
        session=cheaper,
        history=(),
        steps=[*recorder.steps, *told],
        sections=sessions.sections_of(cheaper),
    )


def earlier(plan: Plan) -> sessions.Recap:
    """What was said before this turn."""
    first = Message.objects.filter(turn=plan.turn, direction=Message.Direction.IN).order_by("seq").first()
    return sessions.recap(plan.situation.conversation, first.seq) if first else sessions.Recap()


def as_step(recap: str) -> UserStep:
    """As a message of its own: the turn's first is recorded already."""
    block = {"type": "text", "text": EARLIER.format(recap=outside_tags(recap))}
    return UserStep(message={"role": "user", "content": [block]})


def stop(plan: Plan, recorder: Recorder, stopped: Stopped) -> Carried:
    """Put the turn off where its call may fit or be priced later, else end it."""
    now = timezone.now()
    refusal = stopped.refusal
    if refusal is None:
        wait_for_a_price(plan, stopped.model, now)
        return Carried()
    since = plan.turn.retry_since or now
    if refusal.momentary and now - since < timedelta(seconds=settings.TURN_GIVE_UP_SECONDS):
        wait = retry_in(plan.turn.attempts, None)
        put_off(plan, now + timedelta(seconds=wait), "The budget is set aside for calls that run now.")
        linger(plan, min(wait, RETRY_MOST_SECONDS))
        return Carried()
    notice = notice_of(plan.tenant, plan.situation.conversation.pk, refusal.period, refusal.limit, now)
    with tenant_scope(plan.tenant):
        ceilings.note_full(plan.tenant, refusal, now)
        told = plan.is_task or BudgetNotice.objects.filter(**notice).exists()
        text = "" if told else words(plan, refusal)
    parts = apology(plan, text, recorder.steps)
    used_up = f"{USED_UP} {refusal.period} is used up"
    ending = Ending(
        status=Turn.Status.APOLOGISED if text else Turn.Status.SILENT,
        reason=f"{used_up}." if text or plan.is_task else f"{used_up}; the person was told already.",
        text=text or text_of(parts),
        parts=parts,
        steps=close_history(recorder.steps, told=text),
        notice=BudgetNotice(**notice) if text else None,
    )
    return commit(plan, ending, recorder)


def wait_for_a_price(plan: Plan, model: str, now: datetime) -> None:
    """A model that nobody priced would spend without a limit: the message is kept until an operator has entered it."""
    with tenant_scope(plan.tenant):
        audit.alert(
            plan.tenant,
            ceilings.unpriced(model),
            f"{plan.tenant.name} cannot be answered: {model} has no price. Add one under Prices, or choose another.",
        )
    text = phrase("later", plan.language)
    notice = [] if plan.is_task else render(plan.situation.conversation, text)
    put_off(plan, now + UNPRICED_RETRY, f"{model} has no price.", notice=notice, text=text)


def words(plan: Plan, refusal: Refusal) -> str:
    """For the owner what happened, when it opens again and how to raise it; a customer is told nothing of money."""
    role = plan.situation.role
    if role == "customer":
        return phrase("budget_customer", plan.language)
    return phrase(f"budget_{role}_{refusal.period}", plan.language, limit=f"{refusal.limit:.2f}")


def render(conversation: Conversation, text: str) -> Sequence[TextPart]:
    return list(get_channel(conversation.account.kind).render(text))


def notice_of(tenant: Tenant, about: uuid.UUID, period: str, limit: Decimal, now: datetime) -> dict[str, Any]:
    """What tells a notice of the budget from others. It is kept in the transaction that tells the person, or never."""
    return {
        "tenant": tenant,
        "about": about,
        "period": period,
        "day": periods_of(tenant.zone, now).day,
        "dollars": limit,
    }


def tidy(now: datetime) -> None:
    """End what ran out, and tell owners whose budget is nearly used up, once."""
    for tenant in ceilings.tenants_to_tidy():
        ceilings.tidy(tenant, now)
        with tenant_scope(tenant):
            early = [each for each in ceilings.standings(tenant, now) if each.state == "early"]
            for standing in early:
                warn_owner(tenant, standing, now)


def warn_owner(tenant: Tenant, standing: Standing, now: datetime) -> None:
    """A word into the conversation that the owner used last, if there is one. Inside the tenant's scope."""
    with_owner = Conversation.objects.filter(contact__role=Contact.Role.OWNER, is_group=False)
    newest = with_owner.order_by("-last_inbound_at").values_list("pk", flat=True).first()
    told = BudgetNotice.objects.filter(about=tenant.pk, period=standing.period, dollars=standing.limit)
    if newest is None or told.filter(day__gte=standing.starts_on).exists():
        return
    conversation = (
        Conversation.objects.select_for_update(of=("self",)).select_related("account", "contact").get(pk=newest)
    )
    _, is_new = BudgetNotice.objects.get_or_create(**notice_of(tenant, tenant.pk, standing.period, standing.limit, now))
    if not is_new:
        return
    text = phrase(
        f"budget_early_{standing.period}",
        conversation.contact.language or tenant.language,
        percent=str(standing.percent),
        spent=f"{standing.spent:.2f}",
        limit=f"{standing.limit:.2f}",
    )
    say(conversation, None, text, render(conversation, text), now)
