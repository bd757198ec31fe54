"""Whatever arrives: entries or MalformedBody, everything in them storable, nothing of the other parts lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.channels import CHANNELS
from messaging.channels.base import InboundMessage
from messaging.tests.event_rules import check
from messaging.tests.payload_rows import TELEGRAM_ROWS, WHATSAPP_ROWS
from messaging.tests.payloads import whatsapp_body, whatsapp_change, whatsapp_message

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(alphabet=st.characters(exclude_categories=()), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
REALISTIC = [*WHATSAPP_ROWS, *TELEGRAM_ROWS]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every node below the root."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [path] if path else []
    for key, child in children:
        found += places(child, (*path, key))
    return found


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    body = json.loads(json.dumps(draw(st.sampled_from(REALISTIC))))
    for _ in range(draw(st.integers(1, 3))):
        paths = places(body)
        if not paths:
            break
        *parents, last = draw(st.sampled_from(paths))
        node = body
        for key in parents:
            node = node[key]
        if draw(st.booleans()):
            node[last] = draw(anything)
        else:
            del node[last]
    return body


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(body: bytes) -> None:
    check(body)


@settings(deadline=None, max_examples=200)
@given(anything)
def test_any_json(value: Any) -> None:
    check(json.dumps(value).encode())


@settings(deadline=None, max_examples=400)
@given(mutated())
def test_mutated_payloads(value: Any) -> None:
    check(json.dumps(value).encode())


@settings(deadline=None, max_examples=150)
@given(mutated())
def test_what_stands_beside_a_mutated_part_is_not_lost(value: Any) -> None:
    whole = whatsapp_body(whatsapp_change(messages=[whatsapp_message(message_id="wamid.WHOLE")]))
    damaged = value.get("entry") if isinstance(value, dict) else None
    whole["entry"] = [*(damaged if isinstance(damaged, list) else [value]), *whole["entry"]]
    events = [event for entry in CHANNELS["whatsapp"].parse(json.dumps(whole).encode()) for event in entry.events]
    assert isinstance(events[-1], InboundMessage)
    assert events[-1].key == "wamid.WHOLE"


@pytest.mark.parametrize("body", REALISTIC)
def test_the_realistic_payloads_are_read(body: Any) -> None:
    assert check(json.dumps(body).encode())
