"""A database with many tenants' histories, made of what is said in the dialogues.

Each message is one of theirs with two rare words more, from a vocabulary in which a few words are frequent and most are
rare: common words are as common as in life, and there are names and things that hardly anybody mentions.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

import psycopg

from benchmarks.recall.dialogues import history, names

A_CHAT = 1000  # messages
VOCABULARY = 60_000  # made-up words
BASE = """
    CREATE TEMP TABLE base AS
    SELECT n - 1 AS n, speaker, said, memory_words(said, true) AS vector
    FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS u(speaker, said, n)
"""
# Message g of the tenant t: as with real ones, a tenant's lie scattered over the table, in the order of time.
GROWN = f"""
    CREATE TEMP TABLE grown AS
    SELECT t, g, id, md5(concat(id, g))::uuid AS message, md5(concat('chat', id, '/', g / {A_CHAT}))::uuid AS chat,
        floor(random() * %(bases)s)::integer AS n,
        'w' || floor({VOCABULARY} ^ random())::integer AS one, 'w' || floor({VOCABULARY} ^ random())::integer AS two
    FROM unnest(%(ids)s::uuid[], %(sizes)s::integer[]) WITH ORDINALITY AS u(id, size, t),
        generate_series(0, size - 1) AS g
"""  # noqa: S608 - constants of ours
CHATS = """
    INSERT INTO memory_importedchat (id, tenant_id, name, last_seq, imported_at)
    SELECT chat, id, chat, max(g), now() FROM grown GROUP BY chat, id
"""
MESSAGES = f"""
    INSERT INTO memory_importedmessage (id, tenant_id, chat_id, external_id, seq, speaker, text, at)
    SELECT message, id, chat, g, g % {A_CHAT} + 1, b.speaker, concat_ws(' ', b.said, one, two),
        now() - interval '2 years' + g * interval '1 minute'
    FROM grown JOIN base b USING (n) ORDER BY g % 1000, t
"""  # noqa: S608 - constants of ours
ENTRIES = f"""
    INSERT INTO memory_entry (id, tenant_id, source, chat, seq, at, audience, length, vector)
    SELECT message, id, 'imported', chat, g % {A_CHAT} + 1, now() - interval '2 years' + g * interval '1 minute', '',
        length(b.vector) + 2,
        b.vector || array_to_tsvector(ARRAY[one, two]) || memory_names(b.speaker) || memory_sample(message)
    FROM grown JOIN base b USING (n) ORDER BY g % 1000, t
"""  # noqa: S608 - constants of ours
INDEX = "SELECT pg_get_indexdef('memory_entry_words'::regclass)"


def grow(admin: psycopg.Connection[Any], tenants: Sequence[tuple[uuid.UUID, int]]) -> None:
    """So many messages to each. `admin` may do everything; the triggers, which would make the entries, rest."""
    said = said_in_dialogues()
    admin.execute("SET session_replication_role = replica")
    admin.execute("SET synchronous_commit = off")
    admin.execute(BASE, [[line["speaker"] for line in said], [line["text"] for line in said]])
    ids, sizes = [tenant for tenant, _ in tenants], [size for _, size in tenants]
    admin.execute(GROWN, {"ids": ids, "sizes": sizes, "bases": len(said)})
    [(definition,)] = admin.execute(INDEX).fetchall()
    admin.execute("DROP INDEX memory_entry_words")  # made anew in a fraction of the time
    for statement in (CHATS, MESSAGES, ENTRIES):
        admin.execute(statement)
    admin.execute(definition)
    admin.execute("VACUUM ANALYZE")
    admin.execute("CHECKPOINT")


def said_in_dialogues() -> list[dict[str, str]]:
    lines = (line for name in names() for line in history(name).read_text(encoding="utf-8").splitlines())
    return [json.loads(line) for line in lines]
