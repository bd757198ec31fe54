"""Every row of what the services send, damaged at random: FUZZ_SEED repeats a run, FUZZ_COUNT makes it longer."""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Iterator
from typing import Any

import pytest

from messaging.channels.base import InboundMessage, Unhandled
from messaging.tests.event_rules import check
from messaging.tests.payload_rows import TELEGRAM_ROWS, WHATSAPP_ROWS
from messaging.tests.payloads import Json

SEED = int(os.environ.get("FUZZ_SEED", random.SystemRandom().randrange(2**32)))
COUNT = int(os.environ.get("FUZZ_COUNT", "2000"))
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2**31, 2**63, -(2**63), 10**29, 10**31, 1e308, -0.0, 4_102_444_800),
    *("", " ", "\x00", "\ud800", "a\x00b\udfff", "\u202e", "😀" * 3000, "x" * 201, "x" * 256, "x" * 5000, "-5", "1e9"),
    *([], {}, [[]], [None], {"": {}}, ["\x00"], {"\x00": "\ud800"}, [{}] * 50),
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container below the root with each of its keys."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in list(children):
        yield value, key
        yield from places(child)


def swapped(value: Any) -> Any:
    """The same in another type."""
    if isinstance(value, str):
        return int(value) if value.isdecimal() and value.isascii() else [value]
    if isinstance(value, dict):
        return list(value.values())
    return {"0": value} if isinstance(value, list) else str(value)


def damage(body: Any, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 3)):
        found = list(places(body))
        if not found:
            return
        node, key = chance.choice(found)
        match chance.randrange(4):
            case 0:
                node.pop(key)
            case 1:
                node[key] = swapped(node[key])
            case 2:
                node[key] = copy.deepcopy(chance.choice(ODD))
            case _:  # something that stood elsewhere
                node[key] = copy.deepcopy(chance.choice(found)[0])


@pytest.mark.parametrize("rows", [WHATSAPP_ROWS, TELEGRAM_ROWS], ids=["whatsapp", "telegram"])
def test_no_damage_does_more_than_make_it_unhandled(rows: list[Json]) -> None:
    print(f"FUZZ_SEED={SEED}")
    chance = random.Random(SEED)
    read = unhandled = 0
    for number in range(COUNT):
        body = copy.deepcopy(chance.choice(rows))
        damage(body, chance)
        raw = json.dumps(body).encode()
        try:
            entries = check(raw)
        except Exception as error:
            error.add_note(f"FUZZ_SEED={SEED}, mutation {number}: {raw[:3000]!r}")
            raise
        events = [event for entry in entries for event in entry.events]
        read += sum(isinstance(event, InboundMessage) for event in events)
        unhandled += sum(isinstance(event, Unhandled) for event in events)
    assert read  # the damage leaves some whole and breaks some: otherwise it tests nothing
    assert unhandled
