"""Authentic bodies with anything in them: answered with 200, every one kept, and no part costs another."""

from __future__ import annotations

import copy
import hashlib
import hmac
import itertools
import json
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from messaging.tests.payloads import (
    PRIVATE,
    TELEGRAM_MESSAGES,
    WHATSAPP_FIELDS,
    WHATSAPP_MESSAGES,
    telegram_membership,
    telegram_message,
    telegram_update,
    whatsapp_body,
    whatsapp_change,
    whatsapp_message,
    whatsapp_status,
)
from messaging.tests.test_channels_fuzz import anything, places
from tests.house import House
from tests.security.ledger import kept, texts

numbers = itertools.count(10_000)
fuzzed = hypothesis_settings(
    deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)

HOSTILE: st.SearchStrategy[Any] = st.sampled_from(
    [
        "\x00", "\ud800", "a\x00b\udfff", "x" * 201, "x" * 256, "x" * 301, "😀" * 5000, "\u202e", " ", "",
        10**29, -(10**29), 10**31, 10**400, 2**63, -(2**63), -1, 0, 1e308, -1e308, 4_102_444_799, 4_102_444_800,
        "99999999999", "-5", "1e9", True, False, None, [], {}, [[]], {"": {}}, ["\x00"], {"\x00": "\ud800"},
    ]
)  # fmt: skip


def with_number(whatsapp: Any, house: House) -> Any:
    return json.loads(json.dumps(whatsapp).replace('"1155"', f'"{house.phone_number_id}"'))


WHATSAPP = [
    *(whatsapp_body(whatsapp_change(messages=[whatsapp_message(kind)])) for kind in WHATSAPP_MESSAGES),
    *(whatsapp_body({"field": field, "value": {"event": "X"}}) for field in WHATSAPP_FIELDS),
    whatsapp_body(whatsapp_change(statuses=[whatsapp_status("failed", errors=[{"code": 131026, "title": "x"}])])),
    whatsapp_body(whatsapp_change(messages=[whatsapp_message(), whatsapp_message("image")], errors=[{"code": 1}])),
]
TELEGRAM = [
    *(telegram_update(message=telegram_message(kind)) for kind in TELEGRAM_MESSAGES),
    telegram_update(edited_message=telegram_message(edit_date=5)),
    telegram_update(callback_query={"id": "1", "from": telegram_message()["from"], "data": "x"}),
    telegram_membership("kicked", until_date=0),
    telegram_membership("member", chat=PRIVATE),
]


@st.composite
def damaged(draw: st.DrawFn, bodies: list[Any]) -> Any:
    body = json.loads(json.dumps(draw(st.sampled_from(bodies))))
    for _ in range(draw(st.integers(1, 3))):
        if not (paths := places(body)):
            break
        *parents, last = draw(st.sampled_from(paths))
        node = body
        for key in parents:
            node = node[key]
        node[last] = copy.deepcopy(draw(HOSTILE | anything))
    return body


def marker() -> str:
    return f"wamid.whole-{next(numbers)}"


@fuzzed
@given(value=damaged(WHATSAPP))
def test_whatsapp(house: House, owner_connection: psycopg.Connection[Any], value: Any) -> None:
    whole, text = house.text(name := marker()), name
    body = json.loads(house.whatsapp_body(whole))
    broken = with_number(value, house)
    extra = broken["entry"] if isinstance(broken, dict) and isinstance(broken.get("entry"), list) else [broken]
    body["entry"] = [*extra, *body["entry"]]
    before = kept(owner_connection)
    assert house.post_whatsapp(json.dumps(body).encode()).status_code == 200
    assert text in texts(owner_connection)
    assert kept(owner_connection) > before


@fuzzed
@given(value=damaged(WHATSAPP))
def test_whatsapp_alone(house: House, owner_connection: psycopg.Connection[Any], value: Any) -> None:
    """Without a whole message beside it something is kept too, unless it was there before. A person's change of number
    is done, not kept: the tests of moves see to it."""
    body = json.dumps(with_number(value, house)).replace("wamid.HBgL", marker()).replace("wamid.OUT", marker())
    before = kept(owner_connection)
    assert house.post_whatsapp(body.encode()).status_code == 200
    again = kept(owner_connection)
    assert again > before or is_status_twice(value) or "user_changed_" in body


def is_status_twice(value: Any) -> bool:
    """A damaged id may be the one of the example before: a message or status that is kept already."""
    flat = json.dumps(value)
    return "wamid.HBgL" not in flat and "wamid.OUT" not in flat


@fuzzed
@given(value=damaged(TELEGRAM))
def test_telegram(telegram: House, owner_connection: psycopg.Connection[Any], value: Any) -> None:
    if isinstance(value, dict) and value.get("update_id") == 900:
        value["update_id"] = next(numbers)
    before = kept(owner_connection)
    assert telegram.post_telegram(value).status_code == 200
    told = isinstance(value, dict) and "my_chat_member" in value
    assert told or kept(owner_connection) > before or value.get("update_id") is not None


@pytest.fixture
def telegram(house: House) -> House:
    house.connect_telegram()
    return house


@pytest.mark.parametrize("depth", [20, 400, 900, 930, 950, 990, 5000, 200_000])
def test_json_nested_deep_is_kept(house: House, owner_connection: psycopg.Connection[Any], depth: int) -> None:
    deep = b'{"changes":[{"value":' + b"[" * depth + b"]" * depth + b"}]}"
    body = b'{"object":"whatsapp_business_account","entry":[' + deep + b"]}"
    assert house.post_whatsapp(body).status_code == 200
    [(raw,)] = owner_connection.execute("SELECT raw FROM messaging_unroutedwebhook").fetchall()
    assert bytes(raw) == body


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b'{"entry":[NaN]}', b'{"entry":[1e999]}', b'{"entry":' + b"9" * 5000 + b"}", b"\xff\xfe"],
)
def test_what_is_no_body_is_kept_on_both_doors(
    telegram: House, owner_connection: psycopg.Connection[Any], body: bytes
) -> None:
    assert telegram.post_whatsapp(body).status_code == 200
    from tenants_app.scope import tenant_scope
    from tenants_app.vault import get_secret

    account = telegram.accounts["telegram"]
    with tenant_scope(telegram.tenant):
        secret = get_secret(telegram.tenant, f"channel:{account.pk}:webhook")
    path = account.webhook_url.removeprefix(settings.PUBLIC_URL)
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
    answer = Client().post(path, body, content_type="application/json", headers=headers)
    assert answer.status_code == 200
    assert kept(owner_connection) == 2


def test_a_key_given_twice_counts_as_the_last(house: House, owner_connection: psycopg.Connection[Any]) -> None:
    body = house.whatsapp_body(house.text("last")).replace(b'"text": {', b'"text": 5, "text": {')
    assert house.post_whatsapp(body).status_code == 200
    assert texts(owner_connection) == {"last"}


def test_the_same_id_twice_in_a_batch_is_one_message(house: House, owner_connection: psycopg.Connection[Any]) -> None:
    message = house.text("twice")
    assert house.post_whatsapp(house.whatsapp_body(message, message)).status_code == 200
    assert kept(owner_connection) == 1


def test_a_batch_keeps_each_message_with_its_own_part(house: House, owner_connection: psycopg.Connection[Any]) -> None:
    """Kept whole with every message, a batch of a thousand would take a thousand times its size."""
    body = house.whatsapp_body(*[house.text(f"text {place}" + "x" * 500) for place in range(40)])
    assert house.post_whatsapp(body).status_code == 200
    rows = owner_connection.execute("SELECT text, raw FROM messaging_message").fetchall()
    assert len(rows) == 40
    assert all(text.encode() in bytes(raw) for text, raw in rows)
    assert sum(len(raw) for _, raw in rows) < 2 * len(body)


def test_a_part_of_a_batch_reads_as_the_same_message(house: House, owner_connection: psycopg.Connection[Any]) -> None:
    from messaging.channels import CHANNELS

    senders = ("15550100002", "15550100003")
    body = house.whatsapp_body(*[house.text(f"from {sender}", sender) for sender in senders])
    assert house.post_whatsapp(body).status_code == 200
    (entry,) = CHANNELS["whatsapp"].parse(body)
    rows = owner_connection.execute("SELECT text, raw FROM messaging_message").fetchall()
    read = {text: CHANNELS["whatsapp"].parse(bytes(raw))[0].events for text, raw in rows}
    assert read == {event.text: (event,) for event in entry.events}  # type: ignore[union-attr]


def test_a_change_of_garbage_makes_one_letter(house: House, owner_connection: psycopg.Connection[Any]) -> None:
    """A letter for each of a hundred thousand numbers would hold the door for minutes."""
    assert house.post_whatsapp(house.whatsapp_body(statuses=[1] * 100_000)).status_code == 200  # type: ignore[list-item]
    [(reason,)] = owner_connection.execute("SELECT reason FROM messaging_deadletter").fetchall()
    assert reason.startswith("100000 parts")


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "", "nonsense"])
def test_what_else_the_bringer_would_accept_does_not_matter(
    house: House, owner_connection: psycopg.Connection[Any], accept: str
) -> None:
    body = house.whatsapp_body(house.text("hello"))
    signature = hmac.new(house.app_secret.encode(), body, hashlib.sha256).hexdigest()
    path = house.accounts["whatsapp"].webhook_url.removeprefix(settings.PUBLIC_URL)
    headers = {"X-Hub-Signature-256": f"sha256={signature}", "Accept": accept}
    assert Client().post(f"{path}?format=xml", body, content_type="text/plain", headers=headers).status_code == 200
    assert texts(owner_connection) == {"hello"}
