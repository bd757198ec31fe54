"""A message of ours, its pieces in the outbox and the wake of their sender, as parts of one statement of the caller's.

For what goes out often, at the cost of one round trip; it writes what `turn_end.say` writes.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from messaging.channels.base import Part
from messaging.models import Conversation
from messaging.parts import payload_of
from messaging.turn_end import Manner
from tenants_app.fields import exact_json
from tenants_app.ids import new_id

# To stand in a WITH after a part called `allowed`, without whose row nothing is said. The conversation's row is locked.
# Rows are locked in the order of all: each part asks for the one before.
SAYING = """
    numbered AS (
        UPDATE messaging_conversation SET last_seq = last_seq + 1
        WHERE tenant_id = %(tenant)s AND id = %(conversation)s AND EXISTS (SELECT FROM allowed)
        RETURNING last_seq AS seq, account_id, ownership
    ), said AS (
        INSERT INTO messaging_message (
            id, tenant_id, conversation_id, account_id, direction, seq, external_id, kind, text, reply_to, quoted,
            choice, choice_token, author, wakes, forwarded, forgotten_at, sent_at, stored_at
        )
        SELECT %(message)s, %(tenant)s, %(conversation)s, account_id, 'out', seq, '', %(kind)s, %(text)s, '', '',
            '', '', %(author)s, true, %(outside)s, %(forgotten_at)s::timestamptz, %(sent_at)s, clock_timestamp()
        FROM numbered
    ), put AS (
        INSERT INTO messaging_delivery (
            id, tenant_id, conversation_id, message_id, seq, payload, proactive, purpose, ownership, note, status,
            attempts, external_id, error_code, error, created_at
        )
        SELECT p.id, %(tenant)s, %(conversation)s, %(message)s, numbered.seq * 1000 + p.place - 1, p.payload,
            %(proactive)s, %(purpose)s, CASE WHEN %(anybodys)s THEN NULL ELSE numbered.ownership END, '', 'pending',
            0, '', '', '', clock_timestamp()
        FROM numbered, unnest(%(pieces)s::uuid[], %(payloads)s::text[]) WITH ORDINALITY AS p(id, payload, place)
    ), due AS (
        UPDATE messaging_work SET due_at = least(due_at, clock_timestamp())
        WHERE tenant_id = %(tenant)s AND conversation_id = %(conversation)s AND kind = 'send' AND lease_until IS NULL
          AND EXISTS (SELECT FROM numbered)
        RETURNING id
    ), lane AS (
        UPDATE messaging_lane SET next_due_at = least(next_due_at, clock_timestamp()), idle_looks = 0
        WHERE tenant_id = %(tenant)s AND kind = 'send' AND EXISTS (SELECT FROM due)
          AND (next_due_at IS NULL OR next_due_at > clock_timestamp() OR idle_looks > 0)
    )
"""


def values_of(
    conversation: Conversation, message_id: uuid.UUID, text: str, parts: Sequence[Part], now: datetime, manner: Manner
) -> dict[str, Any]:
    """What SAYING asks for. There is at least one part."""
    return {
        "tenant": conversation.tenant_id,
        "conversation": conversation.pk,
        "message": message_id,
        "kind": manner.kind,
        "text": text,
        "author": manner.author,
        "outside": manner.outside,
        "forgotten_at": now if manner.forgotten else None,
        "sent_at": now,
        "proactive": manner.proactive,
        "purpose": manner.purpose,
        "anybodys": bool(manner.author) or manner.whoever_has_it,
        "pieces": [new_id() for _ in parts],
        "payloads": [exact_json(payload_of(part)) for part in parts],
    }
