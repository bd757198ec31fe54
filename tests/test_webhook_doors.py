"""What comes to the webhooks' doors: authentic or not, whole or broken, once or twice."""

from __future__ import annotations

import json
import os
import uuid
from typing import Any

import psycopg
from django.conf import settings
from django.test import Client

from messaging.models import DeadLetter, Message, Turn
from tenants_app.scope import tenant_scope
from tests.house import ALICE, BOB, CHARLIE, House


def stored(house: House) -> list[str]:
    with tenant_scope(house.tenant):
        return list(Message.objects.filter(direction="in").order_by("stored_at").values_list("text", flat=True))


def unrouted(owner: psycopg.Connection[Any]) -> list[tuple[str, bytes]]:
    return owner.execute("SELECT reason, raw FROM messaging_unroutedwebhook ORDER BY stored_at").fetchall()


def test_it_refuses_a_bad_signature_and_stores_nothing(house: House, owner_connection: Any) -> None:
    response = house.post_whatsapp(house.whatsapp_body(house.text("hi")), secret="wrong")
    assert response.status_code == 403
    assert stored(house) == []
    assert unrouted(owner_connection) == []


def test_it_refuses_an_unsigned_body(house: House) -> None:
    path = f"/webhooks/whatsapp/{house.accounts['whatsapp'].app_id}"
    assert Client().post(path, b"{}", content_type="application/json").status_code == 403


def test_an_unknown_app_or_channel_is_not_found(house: House) -> None:
    for path in (
        f"/webhooks/whatsapp/{uuid.uuid4()}",
        f"/webhooks/telegram/{uuid.uuid4()}",
        f"/webhooks/fax/{uuid.uuid4()}",
    ):
        assert Client().post(path, b"{}", content_type="application/json").status_code == 404


def test_signed_garbage_is_kept_and_answered_with_200(house: House, owner_connection: Any) -> None:
    assert house.post_whatsapp(b"\xff not json").status_code == 200
    [(_, raw)] = unrouted(owner_connection)
    assert bytes(raw) == b"\xff not json"


def test_a_number_that_is_not_here_is_kept_unrouted(house: House, owner_connection: Any) -> None:
    body = (
        house.whatsapp_body(house.text("hi"))
        .replace(house.phone_number_id.encode(), b"999")
        .replace(house.waba_id.encode(), b"998")
    )
    assert house.post_whatsapp(body).status_code == 200
    [(reason, raw)] = unrouted(owner_connection)
    assert "999" in reason
    assert b'"hi"' in bytes(raw)
    assert stored(house) == []


def test_an_unknown_kind_is_kept_whole(house: House) -> None:
    odd = {"from": ALICE, "id": "wamid.odd", "timestamp": "1770000000", "type": "hologram", "hologram": {"x": 1}}
    assert house.post_whatsapp(house.whatsapp_body(odd, house.text("and this"))).status_code == 200
    assert "and this" in stored(house)
    with tenant_scope(house.tenant):
        kept = [bytes(letter.raw) for letter in DeadLetter.objects.all()]
        kept += [bytes(message.raw or b"") for message in Message.objects.filter(kind="unsupported")]
    assert any(b"hologram" in raw for raw in kept)


def test_a_duplicate_is_answered_with_200_and_stored_once(house: House) -> None:
    body = house.whatsapp_body(house.text("once"))
    assert [house.post_whatsapp(body).status_code for _ in range(3)] == [200, 200, 200]
    assert stored(house) == ["once"]


def test_a_connection_that_died_in_the_pool_costs_no_webhook(house: House) -> None:
    """PostgreSQL was restarted since the last webhook: the service is not asked to send this one again."""
    house.says("before")
    with psycopg.connect(os.environ["DATABASE_ADMIN_URL"], autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %s",
            [settings.DATABASE_ROLES["app"]],
        )
    house.says("after")
    assert stored(house) == ["before", "after"]


def test_a_batch_is_taken_whole(house: House) -> None:
    entries = []
    for number in range(3):
        one = json.loads(house.whatsapp_body(house.text(f"a{number}"), house.text(f"b{number}", BOB)))
        entries += one["entry"]
    body = json.dumps({"object": "whatsapp_business_account", "entry": entries}).encode()
    assert house.post_whatsapp(body).status_code == 200
    assert sorted(stored(house)) == ["a0", "a1", "a2", "b0", "b1", "b2"]


def test_nul_and_lone_surrogates_do_not_lose_a_message(house: House) -> None:
    text = house.text("x")
    body = house.whatsapp_body(text).replace(b'"body": "x"', b'"body": "a\\u0000b\\ud800c \\ud83d\\ude00"')
    assert b"\\u0000" in body
    assert house.post_whatsapp(body).status_code == 200
    [kept] = stored(house)
    assert "😀" in kept
    assert kept.startswith("a")


def test_a_body_over_4_mib_is_refused_with_a_reason(house: House) -> None:
    response = house.post_whatsapp(b"x" * (4 * 1024 * 1024 + 1))
    assert response.status_code == 413
    assert b"4 MiB" in response.content


def test_three_mib_are_taken(house: House) -> None:
    assert house.post_whatsapp(house.whatsapp_body(house.text("y" * 3_000_000))).status_code == 200
    assert len(stored(house)[0]) == 3_000_000


def test_verification_echoes_the_challenge_for_the_right_token_only(house: House) -> None:
    from messaging.models import ChannelApp
    from tests.fixtures import as_role

    with as_role("operator"):
        app = ChannelApp.objects.get()
    path = f"/webhooks/whatsapp/{app.pk}"
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": app.verify_token}
    assert Client().get(path, asked).content == b"1158201444"
    assert Client().get(path, asked | {"hub.verify_token": "guess"}).status_code == 403


def test_an_outsider_is_stored_and_gets_no_answer_while_the_front_desk_is_off(house: House) -> None:
    house.says("Is the house on Elm Street still for sale?", CHARLIE)
    house.work()
    assert house.sent() == []
    with tenant_scope(house.tenant):
        assert Turn.objects.get().status == Turn.Status.SILENT
    assert house.anthropic.calls(containing="/v1/messages") == []


def test_staff_are_answered(house: House) -> None:
    house.script({"text": "Hello Bob"})
    house.says("Hi", BOB)
    house.work()
    assert house.sent() == ["Hello Bob"]
