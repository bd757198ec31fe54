"""The outbox against the services' doubles: order, limits, blocks, lost answers, statuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone

from messaging import outbox, work
from messaging.models import ChannelAccount, Delivery, DeliveryStatus, Work
from messaging.worker import worker
from tenants_app.models import ContactAddress, OperatorAlert, Tenant
from tenants_app.scope import tenant_scope
from tests.house import ALICE, ALICE_ON_TELEGRAM, House
from tests.test_turns import make_due


def statuses(house: House) -> list[str]:
    with tenant_scope(house.tenant):
        return list(Delivery.objects.order_by("created_at", "seq").values_list("status", flat=True))


def drain(house: House) -> None:
    """Send what is due, as the sweep would."""
    while (claim := work.claim_next(Work.Kind.SEND)) is not None:
        outbox.drain(claim)


@pytest.fixture
def telegram(house: House) -> House:
    house.connect_telegram()
    house.telegram.post(
        "inbound",
        account=house.bot_token,
        **{"from": {"id": int(ALICE_ON_TELEGRAM), "first_name": "Alice"}, "type": "text", "text": "hello, bot"},
    )
    return house


def test_a_long_answer_goes_out_in_pieces_in_order(house: House) -> None:
    paragraphs = [f"Paragraph {number}. " + "words " * 200 for number in range(10)]
    house.script({"text": "\n\n".join(paragraphs)})
    house.says("tell me everything")
    house.work()
    sent = house.sent()
    assert len(sent) > 2
    assert all(len(text) <= 4096 for text in sent)
    positions = ["".join(sent).index(f"Paragraph {number}.") for number in range(10)]
    assert positions == sorted(positions)


def test_a_limit_waits_as_long_as_the_service_asked_and_keeps_order(house: House) -> None:
    house.whatsapp.post("faults", faults=[{"kind": "rate_limit", "retry_after": 40}], match={"method": "messages"})
    house.script({"text": "First"}, {"text": "Second"})
    house.says("one")
    house.work()
    with tenant_scope(house.tenant):
        row = Delivery.objects.get()
    assert row.status == Delivery.Status.PENDING
    assert row.due_at is not None
    assert 35 < (row.due_at - timezone.now()).total_seconds() <= 41
    house.says("two")
    house.work()
    assert house.sent() == ["First"], "the second waits behind the first"
    make_due(house)
    drain(house)
    assert house.sent() == ["First", "First", "Second"]
    assert statuses(house) == ["sent", "sent"]


def test_a_server_error_is_tried_again(house: House) -> None:
    house.whatsapp.post("faults", faults=[{"kind": "error", "status": 500}], match={"method": "messages"})
    house.script({"text": "Hello"})
    house.says("one")
    house.work()
    assert statuses(house) == ["pending"]
    make_due(house)
    drain(house)
    assert statuses(house) == ["sent"]


def test_a_lost_answer_is_in_doubt_and_not_sent_again(house: House) -> None:
    house.whatsapp.post("faults", faults=[{"kind": "lost_answer"}], match={"method": "messages"})
    house.script({"text": "Hello"}, {"text": "Next"})
    house.says("one")
    house.work()
    assert statuses(house) == ["in_doubt"]
    house.says("two")
    house.work()
    make_due(house)
    drain(house)
    assert house.sent() == ["Hello", "Next"], "what is in doubt does not hold up what comes after"
    with tenant_scope(house.tenant):
        assert OperatorAlert.objects.filter(kind="delivery.in_doubt").exists()


def test_the_echo_of_our_id_resolves_a_send_in_doubt(house: House) -> None:
    house.whatsapp.post("faults", faults=[{"kind": "lost_answer"}], match={"method": "messages"})
    house.script({"text": "Hello"})
    house.says("one")
    house.work()
    with tenant_scope(house.tenant):
        delivery = Delivery.objects.get()
    assert house.post_whatsapp(status_body(house, "delivered", "wamid.theirs", str(delivery.pk))).status_code == 200
    delivery = refreshed(house, delivery)
    assert (delivery.status, delivery.external_id) == ("delivered", "wamid.theirs")
    with tenant_scope(house.tenant):
        assert OperatorAlert.objects.get(kind="delivery.in_doubt").resolved_at is not None


def status_body(house: House, state: str, external_id: str, delivery_id: str | None = None, **more: Any) -> bytes:
    status = {
        "id": external_id,
        "status": state,
        "timestamp": "1770000000",
        "recipient_id": ALICE,
        **({"biz_opaque_callback_data": delivery_id} if delivery_id else {}),
        **more,
    }
    return house.whatsapp_body(statuses=[status])


def refreshed(house: House, delivery: Delivery) -> Delivery:
    with tenant_scope(house.tenant):
        return Delivery.objects.get(pk=delivery.pk)


def test_statuses_only_move_forward(house: House) -> None:
    house.script({"text": "Hello"})
    house.says("one")
    house.work()
    with tenant_scope(house.tenant):
        delivery = Delivery.objects.get()
    for state in ("read", "delivered", "sent", "failed"):
        house.post_whatsapp(status_body(house, state, delivery.external_id))
        house.post_whatsapp(status_body(house, state, delivery.external_id))
    assert refreshed(house, delivery).status == "read"
    with tenant_scope(house.tenant):
        assert DeliveryStatus.objects.filter(external_id=delivery.external_id).count() >= 4


def test_a_failed_status_shows_why(house: House) -> None:
    house.script({"text": "Hello"})
    house.says("one")
    house.work()
    with tenant_scope(house.tenant):
        delivery = Delivery.objects.get()
    errors = [{"code": 131026, "title": "Message undeliverable", "error_data": {"details": "Not on WhatsApp"}}]
    house.post_whatsapp(status_body(house, "failed", delivery.external_id, errors=errors))
    row = refreshed(house, delivery)
    assert (row.status, row.error_code) == ("failed", "131026")


def test_a_status_of_an_unknown_message_is_kept(house: House) -> None:
    assert house.post_whatsapp(status_body(house, "read", "wamid.unknown")).status_code == 200
    with tenant_scope(house.tenant):
        assert DeliveryStatus.objects.get().delivery_id is None


def test_a_worker_killed_while_sending_leaves_the_send_in_doubt(house: House) -> None:
    house.script({"text": "Hello"})
    house.says("one")
    claim = work.claim_next(Work.Kind.TURN)
    assert claim is not None
    from messaging.turns import run_turn

    send = run_turn(claim).send
    assert send is not None
    assert outbox.next_head(send) is not None  # marked as sending; the worker dies here
    work.give_back(send)
    drain(house)
    assert house.sent() == []
    assert statuses(house) == ["in_doubt"]


def test_a_refused_token_alerts_and_keeps_the_message(house: House) -> None:
    house.whatsapp.post("accounts", phone_number_id=house.phone_number_id, token_status="expired")
    house.script({"text": "Hello"})
    house.says("one")
    house.work()
    with tenant_scope(house.tenant):
        assert ChannelAccount.objects.get().status == ChannelAccount.Status.REFUSED
        assert OperatorAlert.objects.filter(kind="account.refused").exists()
    assert statuses(house) == ["pending"]
    house.whatsapp.post("accounts", phone_number_id=house.phone_number_id, token_status="valid")
    house.connect_whatsapp_again()
    make_due(house)
    drain(house)
    assert statuses(house) == ["sent"]


def test_typing_and_read_are_shown_while_the_turn_runs(house: House) -> None:
    house.script({"text": "Hello", "delay": 0.5})
    house.says("one")
    house.work()
    [mark] = [call for call in house.whatsapp.calls(containing="/messages") if call["body"].get("status") == "read"]
    assert mark["body"]["typing_indicator"] == {"type": "text"}
    assert mark["body"]["message_id"].startswith("wamid.")


def test_telegram_is_answered_with_html(telegram: House) -> None:
    telegram.script({"text": "Hello **Alice** & co <ok>"})
    telegram.telegrams("hi")
    telegram.work()
    assert telegram.sent_by_telegram() == ["Hello <b>Alice</b> &amp; co &lt;ok&gt;"]


def test_telegram_blocked_marks_the_address_and_tries_no_more(telegram: House) -> None:
    telegram.telegram.post("faults", faults=[{"kind": "blocked"}], match={"method": "sendMessage"})
    telegram.script({"text": "Hello"}, {"text": "Again"})
    telegram.telegrams("hi")
    telegram.work()
    with tenant_scope(telegram.tenant):
        address = ContactAddress.objects.get(kind="telegram", address=ALICE_ON_TELEGRAM)
        assert address.unreachable_at is not None
    assert statuses(telegram) == ["failed"]
    calls = len(telegram.sent_by_telegram())
    telegram.script({"text": "Again"})
    with tenant_scope(telegram.tenant):
        Delivery.objects.filter(status="failed").update(status="pending")
        row = Delivery.objects.get()
        work.schedule(telegram.tenant.pk, row.conversation_id, Work.Kind.SEND, timezone.now())
    drain(telegram)
    assert len(telegram.sent_by_telegram()) == calls


def test_telegram_lost_answer_is_not_resent_unless_the_tenant_says_so(telegram: House) -> None:
    telegram.telegram.post("faults", faults=[{"kind": "lost_answer"}], match={"method": "sendMessage"})
    telegram.script({"text": "Hello"})
    telegram.telegrams("hi")
    telegram.work()
    make_due(telegram)
    drain(telegram)
    assert telegram.sent_by_telegram() == ["Hello"]
    assert statuses(telegram) == ["in_doubt"]
    with tenant_scope(telegram.tenant):
        Tenant.objects.update(in_doubt_policy=Tenant.InDoubt.RESEND)
    telegram.telegram.post("faults", faults=[{"kind": "lost_answer"}], match={"method": "sendMessage"})
    telegram.script({"text": "Twice"})
    telegram.telegrams("again")
    telegram.work()
    make_due(telegram)
    drain(telegram)
    assert telegram.sent_by_telegram() == ["Hello", "Twice", "Twice"]


def test_a_telegram_duplicate_is_stored_once_and_a_wrong_secret_not_at_all(telegram: House) -> None:
    update = {
        "update_id": 77,
        "message": {
            "message_id": 5,
            "date": 1770000000,
            "chat": {"id": 700001, "type": "private"},
            "from": {"id": 700001, "is_bot": False, "first_name": "Alice"},
            "text": "once ñ 👋",
        },
    }
    assert telegram.post_telegram(update, secret="guess").status_code == 403
    assert [telegram.post_telegram(update).status_code for _ in range(2)] == [200, 200]
    from messaging.models import Message

    with tenant_scope(telegram.tenant):
        assert list(Message.objects.values_list("text", flat=True)) == ["once ñ 👋"]


def test_telegram_garbage_is_kept(telegram: House, owner_connection: Any) -> None:
    assert telegram.post_telegram({"nonsense": True}).status_code == 200
    kept = owner_connection.execute(
        "SELECT (SELECT count(*) FROM messaging_deadletter) + (SELECT count(*) FROM messaging_unroutedwebhook)"
    ).fetchone()
    assert kept == (1,)


def test_the_sweep_finds_what_no_hint_announced(house: House) -> None:
    """Hints are lost (no Celery runs here): the worker's own sweep answers."""
    from tests.house import wait_for

    house.script({"text": "Found"})
    house.says("anyone?")
    worker.sweep()
    wait_for(house.sent)
    wait_for(lambda: worker.busy == 0)
    assert house.sent() == ["Found"]
    assert json.dumps(statuses(house)) == '["sent"]'
