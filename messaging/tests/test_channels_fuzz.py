"""Whatever arrives: entries or MalformedBody, everything in them storable, nothing of the other parts lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.channels import CHANNELS
from messaging.channels.base import Entry, InboundMessage, MalformedBody, StatusUpdate, Unhandled
from messaging.tests.payloads import (
    TELEGRAM_MESSAGES,
    WHATSAPP_MESSAGES,
    telegram_membership,
    telegram_message,
    telegram_update,
    whatsapp_body,
    whatsapp_change,
    whatsapp_message,
    whatsapp_status,
)

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(alphabet=st.characters(exclude_categories=()), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
REALISTIC = [
    *(
        whatsapp_body(whatsapp_change(messages=[whatsapp_message(kind)], statuses=[whatsapp_status()]))
        for kind in WHATSAPP_MESSAGES
    ),
    whatsapp_body(whatsapp_change(statuses=[whatsapp_status("failed", errors=[{"code": 131047, "title": "x"}])])),
    *(telegram_update(message=telegram_message(kind)) for kind in TELEGRAM_MESSAGES),
    telegram_update(edited_message=telegram_message(edit_date=5)),
    telegram_membership("kicked", until_date=0),
]


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


def check(body: bytes) -> list[Entry]:
    found: list[Entry] = []
    for channel in CHANNELS.values():
        try:
            parsed = channel.parse(body)
        except MalformedBody:
            continue
        assert parsed
        for entry in parsed:
            assert entry.events
            assert [each.events for each in channel.parse(entry.raw)] == [entry.events]
            assert all(0 < len(key) <= 255 and storable(key) for key in entry.account_keys)
            for event in entry.events:
                check_event(event)
        found += parsed
    return found


def check_event(event: object) -> None:
    if isinstance(event, InboundMessage):
        person = event.sender
        bounded = (
            event.key,
            event.message_id,
            event.chat_id,
            event.reply_to or "",
            person.address,
            person.name,
            person.username,
        )
        assert all(len(value) <= 255 and storable(value) for value in bounded)
        assert storable(event.text)
        assert event.key and event.message_id and event.chat_id and person.address  # noqa: PT018 - one rule
        assert event.sent_at.utcoffset() is not None
        assert len(event.kind) <= 30
    elif isinstance(event, StatusUpdate):
        assert storable(event.external_id + event.error_text + event.error_code)
        assert 0 < len(event.external_id) <= 255
    elif isinstance(event, Unhandled):
        assert 0 < len(event.reason) <= 200
        assert storable(event.reason)


def storable(text: str) -> bool:
    return "\x00" not in text and text.encode("utf-8", "ignore").decode() == text


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
