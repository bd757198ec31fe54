"""What must not be told: in logs, in the prompt's own words, to another number."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.test import Client

from config.logging import JSONFormatter
from messaging.models import Message
from tenants_app.scope import tenant_scope
from tests.house import ALICE, House


def lines(records: list[logging.LogRecord]) -> str:
    formatter = JSONFormatter()
    return "\n".join(formatter.format(record) for record in records)


def test_a_verify_token_reaches_no_log(house: House, caplog: pytest.LogCaptureFixture) -> None:
    path = f"/webhooks/whatsapp/{house.accounts['whatsapp'].app_id}"
    asked = {"hub.mode": "unsubscribe", "hub.challenge": "1", "hub.verify_token": "a-token-to-keep"}
    assert Client().get(path, asked).status_code == 403
    assert "Forbidden" in lines(caplog.records)
    assert "a-token-to-keep" not in lines(caplog.records)


def test_what_a_person_writes_reaches_no_log(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    house.script({"text": "An answer in confidence"})
    house.says("A word in confidence", ALICE)
    house.post_whatsapp(house.whatsapp_body(house.text("broken, in confidence"), house.text("x"), {"from": ALICE}))
    house.work()
    assert house.sent()
    ours = [
        record for record in caplog.records if record.name.split(".")[0] in {"messaging", "memory", "tooling", "django"}
    ]
    told = lines([record for record in ours if not record.name.startswith("django.db")])
    for secret in ("in confidence", ALICE, house.app_secret, "EAAG-token", "sk-ant-test"):
        assert secret not in told


def test_a_message_for_another_number_of_the_business_is_not_taken_for_ours(
    house: House, owner_connection: Any
) -> None:
    body = house.whatsapp_body(house.text("for the other shop")).replace(house.phone_number_id.encode(), b"999")
    assert house.post_whatsapp(body).status_code == 200
    with tenant_scope(house.tenant):
        assert not Message.objects.exists()
    [(raw,)] = owner_connection.execute("SELECT raw FROM messaging_unroutedwebhook").fetchall()
    assert b"for the other shop" in bytes(raw)


def test_what_an_odd_secret_header_holds_is_a_refusal(house: House) -> None:
    account = house.connect_telegram()
    path = f"/webhooks/telegram/{account.pk}"
    for secret in ("", "é", "\u0100".encode().decode("latin-1"), "x" * 5000):
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
        assert Client().post(path, b"{}", content_type="application/json", headers=headers).status_code == 403
