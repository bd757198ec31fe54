"""The answer while it is being written, where a channel shows such a thing: the newest text wins, and none is owed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from messaging import credentials
from messaging.channels import get_channel
from messaging.presence import Presence, Shown
from messaging.turn_begin import Plan
from messaging.withholding import guard_for
from tooling.assembly import whole

EVERY = 1.0  # seconds between two drafts in a chat, as Telegram asks for messages; they are not counted as such here

drafts = Presence("drafts")


@dataclass(kw_only=True)
class Draft(Shown):
    """Of one turn. `draft_id` stays the same, so that the service lets one text grow."""

    draft_id: int
    next_at: float = math.inf
    hides: Callable[[str], bool] | None = None  # a text that is not to be seen before it was looked at as a whole
    _pieces: list[str] = field(default_factory=list)
    _shown: str = ""
    _shown_at: float = -math.inf

    def begin(self) -> Callable[[str], None]:
        """The text of the reply that begins now, in place of the one before; give its pieces to what this answers."""
        self._pieces = []
        return self.add

    def add(self, piece: str) -> None:
        self._pieces.append(piece)
        if self.next_at == math.inf:
            self.next_at = self._shown_at + EVERY
            drafts.look()

    def send(self) -> None:
        text = whole("".join(self._pieces))
        if self.hides is not None and self.hides(text):
            return
        if text.strip() and text != self._shown:
            self._shown = text
            self.channel.show_draft(self.credentials, self.chat_id, self.draft_id, text)

    def again_at(self, now: float) -> float:
        """When there is more to show."""
        self._shown_at = now
        return math.inf


@contextmanager
def drafting(plan: Plan) -> Iterator[Draft | None]:
    """A draft to be filled while this lasts; None where the chat shows none."""
    draft = draft_for(plan)
    if draft is None:
        yield None
        return
    key = plan.claim.conversation_id
    drafts.show(key, draft)
    try:
        yield draft
    finally:
        drafts.hide(key, draft)


def draft_for(plan: Plan) -> Draft | None:
    conversation = plan.situation.conversation
    channel = get_channel(conversation.account.kind)
    if not channel.capabilities.drafts or conversation.is_group or plan.is_task:
        return None
    opened = credentials.credentials.get(conversation.tenant_id, conversation.account_id)
    if opened is None:
        return None
    draft_id = plan.turn.pk.int % (2**31 - 1) + 1
    hides = guard_for(plan)
    return Draft(channel=channel, credentials=opened, chat_id=conversation.chat_id, draft_id=draft_id, hides=hides)
