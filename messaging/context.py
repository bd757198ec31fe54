"""The sections and notes of the prompt that belong to messaging itself, and those that the memory gives."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db.models import Subquery

from memory import rendering, visible
from memory.tags import one_line, one_name
from messaging import handover
from messaging.models import Turn
from messaging.prompt import Situation, note, section

MOST_CHANGES = 5  # of documents, told with one message
LATE = timedelta(minutes=1)  # so long a change may take to be seen by others; what falls into it is told twice
BY = {
    "owner": "the owner",
    "staff": "one of the staff",
    "assistant": "in another chat",
    "learning": "learnt from a chat",
}


@section("framework", group="framework", order=0)
def framework(situation: Situation) -> str:
    return rendering.framework_text(situation.tenant, situation.role, channel=situation.channel_label)


@section("life_folder", group="folder", order=0)
def life_folder(situation: Situation) -> str:
    return rendering.folder_text(situation.tenant, situation.role, person_in(situation))


def person_in(situation: Situation) -> uuid.UUID | None:
    """Whose own matters may be used in the chat; nobody's where several read along."""
    return None if situation.conversation.is_group else situation.contact.pk


@note("time", order=0)
def time(situation: Situation) -> str:
    local = situation.now.astimezone(situation.tenant.zone)
    return f"Time: {local:%A, %Y-%m-%d %H:%M} ({situation.tenant.timezone})"


@note("sender", order=10)
def sender(situation: Situation) -> str:
    name = one_name(situation.contact.name) or "unknown name"
    role = str(situation.contact.role)
    if role != situation.role:
        role += f" in a group where others read along (what counts is {situation.role})"
    return f"From: {name}, {role}, over {situation.channel_label}"


@note("unsent", order=20)
def unsent(situation: Situation) -> str:
    if not handover.is_unsent(situation.conversation):
        return ""
    return "Your answer before this was not sent, or not all of it: one of the team took the conversation over."


@note("memory_changed", order=30)
def memory_changed(situation: Situation) -> str:
    """What others changed since the session's turn before this one."""
    session = situation.session
    if session is None:
        return ""
    before = Turn.objects.filter(session=session).order_by("-number").values("began_at")[:1]
    since = Subquery(before) - LATE
    found = visible.changed_since(situation.tenant, situation.role, person_in(situation), since)
    made = [change.turn_id for change in found if change.turn_id is not None]
    if made:
        here = Turn.objects.filter(pk__in=made, conversation=situation.conversation).values_list("pk", flat=True)
        own = set(here)
        found = [change for change in found if change.turn_id not in own]
    if not found:
        return ""
    lines = [words_of(change) for change in found[:MOST_CHANGES]]
    more = "; and more" if len(found) > MOST_CHANGES else ""
    return f"Memory changed: {'; '.join(lines)}{more}"


def words_of(change: visible.Changed) -> str:
    how = "deleted, " if change.deleted else ""
    return f"{one_line(change.path, visible.LONGEST_PATH)} ({how}{BY.get(change.by, change.by)})"
