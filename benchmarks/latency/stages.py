"""Where a message was, and when: from the tables' own times and the doubles' journals, all by one machine's clock.

The tables have no time of the claim, so a trigger of this benchmark's own notes it, into an unlogged table: about
0.05 ms a claim, which is part of what is measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import psycopg

NOTE_CLAIMS = """
    CREATE UNLOGGED TABLE bench_claim (conversation_id uuid, kind text, at timestamptz);
    CREATE INDEX ON bench_claim (conversation_id, kind, at);
    GRANT SELECT ON bench_claim TO PUBLIC;
    CREATE FUNCTION bench_note_claim() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
    BEGIN
        INSERT INTO bench_claim VALUES (new.conversation_id, new.kind, clock_timestamp());
        RETURN NULL;
    END $$;
    CREATE TRIGGER bench_claim AFTER UPDATE ON messaging_work FOR EACH ROW
    WHEN (new.epoch > old.epoch AND new.lease_until IS NOT NULL) EXECUTE FUNCTION bench_note_claim();
"""

# A message that came during a turn is ready when that turn has ended.
TIMES = """
    SELECT first.text, first.stored_at, greatest(first.stored_at, before.committed_at) AS ready, claim.at AS claimed,
        (SELECT min(at) FROM messaging_turnstep WHERE turn_id = t.id AND kind = 'user') AS begun,
        t.committed_at AS answered, reply.id::text AS delivery, reply.sending_at
    FROM messaging_turn t
    CROSS JOIN LATERAL (
        SELECT text, stored_at FROM messaging_message
        WHERE turn_id = t.id AND direction = 'in' ORDER BY seq LIMIT 1
    ) first
    LEFT JOIN messaging_turn before ON before.conversation_id = t.conversation_id AND before.number = t.number - 1
    CROSS JOIN LATERAL (
        SELECT max(at) AS at FROM bench_claim
        WHERE conversation_id = t.conversation_id AND kind = 'turn' AND at <= t.began_at
    ) claim
    CROSS JOIN LATERAL (
        SELECT d.id, d.sending_at FROM messaging_delivery d JOIN messaging_message m ON m.id = d.message_id
        WHERE m.turn_id = t.id ORDER BY d.seq LIMIT 1
    ) reply
    WHERE t.began_at >= to_timestamp(%s) AND t.status = 'answered'
"""

STAGES = (
    "ready → claimed",
    "claimed → begun",
    "begun → asked",
    "asked → answered",
    "answered → marked",
    "marked → on the wire",
)
WHAT = (
    "The stages: stored and ready (the quiet time is 0), claimed by the worker, begun (context read, first step "
    "written), asked (the whole request has arrived at the model), answered (whole reply read; what lies between is "
    "mostly the double's own time), marked as sending (reply recorded and turn committed before, in one transaction), "
    "on the wire (the whole send has arrived at the messenger)."
)


@dataclass(frozen=True, kw_only=True)
class Journey:
    """One turn, in milliseconds."""

    webhook: float  # from the person's message, handed to the messenger, to stored; before `total` begins
    stages: tuple[float, ...]
    total: float  # from ready to the reply's arrival at the messenger


def journeys(
    operator: psycopg.Connection[Any],
    since: float,
    handed: Mapping[str, float],
    asked: Mapping[str, float],
    arrived: Mapping[str, float],
) -> list[Journey]:
    """Every turn that began since then (epoch seconds). Keys: `handed`, `asked` by text, `arrived` by delivery."""
    found: list[Journey] = []
    for row in operator.execute(TIMES, [since]).fetchall():
        text, stored, ready, claimed, begun, answered, delivery, marked = row
        if text not in handed:
            continue
        moments = [
            *map(seconds, (ready, claimed, begun)),
            asked[text],
            *map(seconds, (answered, marked)),
            arrived[delivery],
        ]
        found.append(
            Journey(
                webhook=1000 * (seconds(stored) - handed[text]),
                stages=tuple(1000 * (later - sooner) for sooner, later in pairwise(moments)),
                total=1000 * (moments[-1] - moments[0]),
            )
        )
    return found


def seconds(moment: datetime) -> float:
    return moment.timestamp()


def asked_at(calls: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """When the model got each text, by the journal of its double."""
    found: dict[str, float] = {}
    for call in calls:
        for block in call["body"]["messages"][-1]["content"]:
            if block.get("type") == "text":
                found.setdefault(block["text"], call["at"])
    return found


def arrived_at(calls: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """When the messenger got each send, by the delivery that it names."""
    sends = [call for call in calls if call["body"].get("type") == "text"]
    return {call["body"]["biz_opaque_callback_data"]: call["at"] for call in sends}
