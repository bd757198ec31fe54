"""How the search reads messages, and who may look into which chat."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from memory.search.index import rows
from memory.search.sources import Line, Place, Visible
from memory.search.types import Viewer
from messaging.models import Conversation
from tenants_app.models import Contact

NOBODY = uuid.UUID(int=0)
TEAM = (Contact.Role.OWNER, Contact.Role.STAFF)

# As they were last changed, and with what their files say: as `messaging_index` in the migration has them indexed. The
# last column is `messaging.outside.are_repeated_in`, and what was read in files, as `are_shown_in` has it.
LINES = """
    SELECT m.id, m.external_id, m.sent_at,
        concat_ws(' ', nullif(coalesce(
            (SELECT e.text FROM messaging_message e WHERE e.tenant_id = m.tenant_id
             AND e.conversation_id = m.conversation_id AND e.reply_to = m.external_id AND m.external_id <> ''
             AND e.kind IN ('edit', 'deletion') AND e.kind = 'edit' AND e.direction = m.direction
             ORDER BY e.seq DESC LIMIT 1),
            m.text), ''), (SELECT string_agg(a.text, ' ' ORDER BY a.id) FROM messaging_attachment a
             WHERE a.tenant_id = m.tenant_id AND a.message_id = m.id AND a.text <> '')),
        messaging_speaker(m),
        m.forwarded
            OR (m.direction = 'in' AND coalesce(c.role NOT IN ('owner', 'staff'), true))
            OR (m.direction = 'out' AND m.author = '' AND coalesce(s.tainted, false))
            OR EXISTS (SELECT 1 FROM messaging_attachment a WHERE a.tenant_id = m.tenant_id AND a.message_id = m.id
                       AND a.text <> '' AND a.kind <> 'voice')
    FROM messaging_message m
    LEFT JOIN tenants_app_contact c ON c.tenant_id = m.tenant_id AND c.id = m.contact_id
    LEFT JOIN messaging_turn t ON t.tenant_id = m.tenant_id AND t.id = m.turn_id
    LEFT JOIN messaging_session s ON s.tenant_id = t.tenant_id AND s.id = t.session_id
    WHERE m.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid AND m.id = ANY (%s)
      AND m.forgotten_at IS NULL
"""


class MessageSource:
    def lines(self, places: Sequence[Place]) -> Mapping[uuid.UUID, Line]:
        return {id_: line(id_, *rest) for id_, *rest in rows(LINES, [[place.id for place in places]])}

    def visible(self, viewer: Viewer) -> Visible:
        """The owner sees all; staff all but the private chats of the owner and of other staff; a customer their own.

        In a group others read along: nobody's private chat is quoted there, nor what only one person is to know.
        """
        if viewer.role == "owner":
            return Visible()
        asked_in = Conversation.objects.filter(pk=viewer.conversation_id or NOBODY).first()
        in_group = asked_in is not None and asked_in.is_group
        private = Conversation.objects.filter(is_group=False)
        own = Conversation.objects.none() if in_group else private.filter(contact_id=viewer.contact_id or NOBODY)
        if viewer.role == "staff":
            hidden = private.filter(contact__role__in=TEAM).exclude(pk__in=own.values("pk"))
            return Visible(chats=list(hidden.values_list("pk", flat=True)))
        chats = [asked_in.pk] if asked_in is not None and in_group else list(own.values_list("pk", flat=True))
        return Visible(chats=chats, contact_id=None if in_group else viewer.contact_id)


def line(id_: uuid.UUID, external_id: str, at: datetime, text: str, speaker: str, untrusted: bool) -> Line:
    name = "Assistant" if speaker == "assistant" else speaker
    return Line(
        reference=f"message:{id_}",
        external_id=external_id or str(id_),
        at=at,
        text=text,
        speaker=name,
        untrusted=untrusted,
    )
