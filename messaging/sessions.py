"""Sessions: when one goes on, when the next begins, and what the next is told of the one before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from messaging import outside
from messaging.kinds import BY_CODE, DELETION, EDIT
from messaging.models import Conversation, Message, Session, TurnStep
from messaging.prompt import Situation, system_sections
from messaging.standing import standing
from tenants_app.literals import Literal
from tenants_app.models import Tenant
from tooling.history import messages_of
from tooling.request import Section
from tooling.types import Message as ClaudeMessage
from tooling.types import Step, step_from_json

ASKED = "asked"  # the reason of a session that somebody closed by a command
RECAP_MESSAGES = 12
RECAP_CHARACTERS = 400
RECENT = 6  # sessions that are looked at for one that somebody closed, where no message tells how far back to look
SPEAKERS = {"in": "person", "out": "you"}


@dataclass(frozen=True, kw_only=True)
class Recap:
    text: str = ""  # "" where nothing was said before
    tainted: bool = False  # some of it comes from outside, or from a session that such text had come into


def model_for(tenant: Tenant) -> str:
    return tenant.chat_model or settings.CHAT_MODEL


def cheaper_model(tenant: Tenant) -> str:
    """What answers when a budget no longer covers the usual model; may be the same one."""
    return tenant.cheaper_model or settings.CHEAPER_MODEL


def may_use(model: str, situation: Situation) -> bool:
    """Whether a session on the model goes on; one on the cheaper model does until the budget opens again."""
    tenant = situation.tenant
    if model == model_for(tenant):
        return True
    return model == cheaper_model(tenant) and tenant.cheaper_until is not None and situation.now < tenant.cheaper_until


def why_close(session: Session, situation: Situation) -> str:
    """Why the session cannot go on; "" where it can."""
    if situation.now - session.used_at > timedelta(hours=settings.SESSION_IDLE_HOURS):
        return "idle"
    if session.prompt_tokens > settings.SESSION_MAX_TOKENS or session.media_bytes > settings.SESSION_MAX_MEDIA_BYTES:
        return "length"
    if session.role != situation.role:
        return "role"
    if not may_use(session.model, situation):
        return "model"
    if session.prompt_epoch != situation.tenant.prompt_epoch:
        return "memory"  # something was forgotten, or what binds the assistant has changed
    if json.dumps(session.tools) != json.dumps(situation.toolbox.definitions(situation.role)):
        return "tools"
    return ""


def close(session: Session, reason: str) -> None:
    Session.objects.filter(pk=session.pk, closed_at=None).update(closed_at=timezone.now(), close_reason=reason[:40])


def open_in(conversation: Conversation) -> QuerySet[Session]:
    return Session.objects.filter(conversation=conversation, closed_at=None)


def forget(conversation: Conversation) -> None:
    """Have the next turn begin without what was said so far: its session, and the end of what people said before."""
    newest = Session.objects.filter(conversation=conversation).order_by("-number").values("pk")[:1]
    Session.objects.filter(pk__in=newest).update(closed_at=timezone.now(), close_reason=ASKED)


def session_for(situation: Situation) -> tuple[Session, bool]:
    """The conversation's open session, or a new one (True) with the prompt as it is now. Inside the tenant's scope."""
    conversation = situation.conversation
    newest = Session.objects.filter(conversation=conversation).order_by("-number").first()
    if newest is not None and newest.closed_at is None:
        reason = why_close(newest, situation)
        if not reason:
            return newest, False
        close(newest, reason)
    number = newest.number + 1 if newest else 1
    return open_session(situation, number, model_for(situation.tenant)), True


def taint(session: Session) -> None:
    """Text from outside has come into it, and nothing takes that back."""
    Session.objects.filter(pk=session.pk).update(tainted=True)
    session.tainted = True


def open_session(situation: Situation, number: int, model: str) -> Session:
    """A new session with the prompt as it is now; the one before it is closed. Inside the tenant's scope."""
    return Session.objects.create(
        tenant=situation.tenant,
        conversation=situation.conversation,
        number=number,
        role=situation.role,
        model=model,
        system=[[part.name, part.group, part.text] for part in system_sections(situation)],
        tools=situation.toolbox.definitions(situation.role),
        prompt_epoch=situation.tenant.prompt_epoch,
        used_at=situation.now,
    )


def sections_of(session: Session) -> list[Section]:
    return [Section(name=name, group=group, text=text) for name, group, text in session.system]


def recap(conversation: Conversation, before_seq: int) -> Recap:
    """The end of what was said before this session, as it stands now, so that a new one does not begin with a blank
    look."""
    every = Message.objects.select_related("contact", "turn__session")
    rows = every.filter(conversation=conversation, seq__lt=before_seq, forgotten_at=None).order_by("-seq")
    untold = Q(direction=Message.Direction.OUT, turn=None) & ~Q(author="")  # they come with what is said now
    kinds = (*BY_CODE, DELETION)
    fields = ("direction", "author", "kind", "text", "seq", "stored_at", "forwarded", "external_id", "reply_to")
    of_others = ("contact__role", "turn__session__tainted", "turn__session__number")
    newest = list(rows.exclude(untold).exclude(kind__in=kinds).only(*fields, *of_others)[:RECAP_MESSAGES])
    since = forgotten_until(conversation, newest)
    said = [row for row in reversed(newest) if since is None or row.stored_at > since]
    told = standing(conversation, without_commands(conversation, said))
    if not told:
        return Recap()
    lines = [
        f"- {speaker_of(row)}: {' '.join((row.text or f'[{row.kind}]').split())[:RECAP_CHARACTERS]}" for row in told
    ]
    return Recap(text="\n".join(lines), tainted=any(outside.are_repeated_in(row) for row in told))


def forgotten_until(conversation: Conversation, messages: Sequence[Message]) -> datetime | None:
    """When somebody last asked for a new beginning, as far back as these messages go."""
    sessions = Session.objects.filter(conversation=conversation).order_by("-number")
    numbers = [row.turn.session.number for row in messages if row.turn is not None and row.turn.session is not None]
    if numbers:  # and the one before them, which may have been closed without a message of its own
        asked = sessions.filter(number__gte=min(numbers) - 1, close_reason=ASKED)
        return asked.values_list("closed_at", flat=True).first()
    ends = sessions.values_list("close_reason", "closed_at")[:RECENT]
    return next((closed for reason, closed in ends if reason == ASKED), None)


def without_commands(conversation: Conversation, messages: list[Message]) -> list[Message]:
    """Without what commands were changed into; they themselves are not among these."""
    changed = {message.reply_to for message in messages if message.kind == EDIT} - {""}
    if not changed:
        return messages
    rows = Message.objects.filter(conversation=conversation, external_id__in=changed, kind__in=BY_CODE)
    commands = set(rows.exclude(external_id=Literal("")).values_list("external_id", flat=True))
    return [message for message in messages if message.kind != EDIT or message.reply_to not in commands]


def speaker_of(message: Message) -> str:
    return "team" if message.author else SPEAKERS[message.direction]


def history_of(session: Session, before_turn: int) -> list[ClaudeMessage]:
    """The messages of the session's earlier turns, exactly as they were sent and received."""
    rows = (
        TurnStep.objects.filter(turn__session=session, turn__number__lt=before_turn)
        .order_by("turn__number", "number")
        .values_list("turn_id", "content")
    )
    turns: dict[object, list[Step]] = {}
    for turn_id, content in rows:
        turns.setdefault(turn_id, []).append(step_from_json(content))
    return [message for steps in turns.values() for message in messages_of(steps)]
