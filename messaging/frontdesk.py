"""While the front desk is off: what somebody unknown is told, which is nothing or one polite sentence a day."""

from __future__ import annotations

from messaging.channels import get_channel
from messaging.language import language_for
from messaging.models import Turn
from messaging.phrases import phrase
from messaging.turn_begin import FRONT_DESK_OFF, Plan
from messaging.turn_end import Ending

POLITE = "The front desk is off: one polite sentence a day, by the system."
WAS_POLITE = "The front desk is off, and the polite sentence of the day was sent already."


def ending_for(plan: Plan) -> Ending:
    """Of a turn that is not put to Claude; what they wrote is kept and shown to the team."""
    conversation = plan.situation.conversation
    if plan.silence != FRONT_DESK_OFF or not conversation.account.answers_strangers or conversation.is_group:
        return Ending(status=Turn.Status.SILENT, reason=plan.silence)
    if was_polite_today(plan):
        return Ending(status=Turn.Status.SILENT, reason=WAS_POLITE)
    language = language_for(plan.situation.contact, plan.tenant, plan.messages)
    text = phrase("front_desk_off", language, business=plan.tenant.name)
    parts = get_channel(conversation.account.kind).render(text)
    return Ending(status=Turn.Status.ANSWERED, reason=POLITE, text=text, parts=parts, polite=True)


def was_polite_today(plan: Plan) -> bool:
    """By the calendar of the business."""
    at, zone = plan.situation.conversation.polite_at, plan.tenant.zone
    return at is not None and at.astimezone(zone).date() >= plan.situation.now.astimezone(zone).date()
