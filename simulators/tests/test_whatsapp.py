"""The WhatsApp double over raw HTTP: what it accepts, refuses, sends to webhooks and shows on the phone."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from simulators.common import serve_in_thread
from simulators.tests.webhook_receiver import Receiver, eventually, webhook_receiver
from simulators.whatsapp.double import WhatsAppDouble

NUMBER, WABA, PERSON = "106540352242922", "102290129340398", "5215512345678"
AUTH = {"Authorization": "Bearer EAAG-token"}
TEXT = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": PERSON, "type": "text"}


class Api:
    def __init__(self, url: str) -> None:
        self.url = url

    def post(self, path: str, body: Any, **headers: str) -> requests.Response:
        return requests.post(self.url + path, json=body, headers=AUTH | headers, timeout=20)

    def get(self, path: str, **headers: str) -> requests.Response:
        return requests.get(self.url + path, headers=AUTH | headers, timeout=20)

    def sim(self, what: str, body: Any) -> Any:
        response = requests.post(f"{self.url}/_sim/{what}", json=body, timeout=30)
        assert response.status_code == 200, response.text
        return response.json()

    def send(self, text: str = "hola", **more: Any) -> requests.Response:
        return self.post(f"/v26.0/{NUMBER}/messages", {**TEXT, "text": {"body": text}, **more})

    def write(self, text: str = "hola", **more: Any) -> Any:
        body = {"account": NUMBER, "from": {"phone": PERSON, "name": "Iñaki"}, "type": "text", "text": text}
        return self.sim("inbound", {**body, **more})

    def chat(self, chat: str = PERSON) -> Any:
        return requests.get(f"{self.url}/_sim/chat?account={NUMBER}&chat={chat}", timeout=20).json()

    def message(self, message_id: str) -> Any:
        return next(message for message in self.chat()["messages"] if message["id"] == message_id)


@pytest.fixture
def api() -> Iterator[Api]:
    with serve_in_thread(WhatsAppDouble()) as url:
        yield Api(url)


@pytest.fixture
def hook(api: Api) -> Iterator[Receiver]:
    with webhook_receiver() as receiver:
        api.sim("accounts", account(receiver))
        yield receiver


def account(receiver: Receiver) -> dict[str, Any]:
    return {
        "phone_number_id": NUMBER,
        "waba_id": WABA,
        "webhook_url": receiver.url,
        "app_secret": "s3cret",
        "verify_token": receiver.verify_token,
        "display_phone_number": "+1 555 000 1234",
        "name": "Café Ñ",
    }


def values(receiver: Receiver, kind: str) -> list[Any]:
    found = []
    for call in list(receiver.calls):
        for entry in call.json()["entry"]:
            found += [node for change in entry["changes"] for node in change["value"].get(kind, [])]
    return found


def statuses(receiver: Receiver, count: int) -> list[Any]:
    eventually(lambda: len(values(receiver, "statuses")) >= count)
    return values(receiver, "statuses")


def test_inbound_text_arrives_signed_and_escaped(api: Api, hook: Receiver) -> None:
    answer = api.write("¿Qué tal, Ñandú? 🎉", wait=True)
    assert answer["queued"] is True
    assert answer["acknowledged"] is True
    call = hook.calls[0]
    assert call.body.isascii()
    assert call.headers["X-Hub-Signature-256"] == "sha256=" + hmac.new(b"s3cret", call.body, hashlib.sha256).hexdigest()
    body = call.json()
    assert body["object"] == "whatsapp_business_account"
    assert body["entry"][0]["id"] == WABA
    change = body["entry"][0]["changes"][0]
    assert change["field"] == "messages"
    assert change["value"]["metadata"] == {"display_phone_number": "15550001234", "phone_number_id": NUMBER}
    assert change["value"]["contacts"] == [{"profile": {"name": "Iñaki"}, "wa_id": PERSON}]
    message = change["value"]["messages"][0]
    assert message["id"] == answer["message_id"]
    assert message["id"].startswith("wamid.")
    assert (message["from"], message["type"], message["text"]) == (PERSON, "text", {"body": "¿Qué tal, Ñandú? 🎉"})
    assert api.chat()["messages"][0]["status"] == "delivered"


@pytest.mark.parametrize(
    ("change", "wrong"),
    [({"verify_token": "other"}, "HTTP Status Code = 403"), ({"webhook_url": "http://127.0.0.1:9/x"}, "Connect")],
)
def test_a_webhook_that_cannot_be_verified_is_refused(api: Api, change: dict[str, str], wrong: str) -> None:
    with webhook_receiver() as receiver:
        response = requests.post(f"{api.url}/_sim/accounts", json={**account(receiver), **change}, timeout=20)
    assert response.status_code == 400
    assert wrong in response.json()["error"]
    accounts = requests.get(f"{api.url}/_sim/accounts", timeout=20).json()["accounts"]
    assert accounts[0]["webhook_url"] is None


def test_secrets_are_not_listed(api: Api, hook: Receiver) -> None:
    listed = requests.get(f"{api.url}/_sim/accounts", timeout=20)
    assert listed.json()["accounts"][0] | {"waba_id": WABA} == {
        "id": NUMBER,
        "kind": "whatsapp",
        "name": "Café Ñ",
        "address": "+15550001234",
        "webhook_url": hook.url,
        "waba_id": WABA,
    }
    assert "s3cret" not in listed.text
    assert "let-me-in" not in listed.text


def test_webhooks_are_retried_until_exactly_200(api: Api, hook: Receiver) -> None:
    api.sim("settings", {"retry_start": 0.01})
    hook.answers = [(500, {}), (204, {}), (403, {})]
    answer = api.write(wait=True)
    assert answer["acknowledged"] is True
    assert len(hook.calls) == 4
    assert len({call.body for call in hook.calls}) == 1


def test_a_failed_webhook_waits_longer_each_time_and_lets_others_pass(api: Api, hook: Receiver) -> None:
    api.sim("settings", {"retry_start": 60})
    hook.answers = [(500, {})]
    first = api.write("uno")["message_id"]
    hook.wait_for(1)
    second = api.write("dos", wait=True)["message_id"]
    assert api.message(first)["status"] == "pending"
    api.sim("clock", {"advance_seconds": 61})
    hook.wait_for(3)
    assert [message["id"] for message in values(hook, "messages")] == [first, second, first]


def test_a_send_is_answered_and_followed_by_statuses(api: Api, hook: Receiver) -> None:
    api.write(wait=True)
    response = api.send("*Hola*", biz_opaque_callback_data="delivery-7")
    assert response.status_code == 200
    body = response.json()
    assert body["contacts"] == [{"input": PERSON, "wa_id": PERSON}]
    assert body["messages"][0]["message_status"] == "accepted"
    sent, delivered = statuses(hook, 2)
    assert (sent["status"], delivered["status"]) == ("sent", "delivered")
    for status in (sent, delivered):
        assert status["id"] == body["messages"][0]["id"]
        assert status["recipient_id"] == PERSON
        assert status["biz_opaque_callback_data"] == "delivery-7"
        assert status["pricing"]["category"] == "service"
        assert status["conversation"]["origin"] == {"type": "service"}
    shown = api.message(body["messages"][0]["id"])
    assert (shown["direction"], shown["text"], shown["format"], shown["status"]) == (
        "out",
        "*Hola*",
        "whatsapp",
        "delivered",
    )


def test_the_person_reading_is_reported_once(api: Api, hook: Receiver) -> None:
    api.write(wait=True)
    api.send()
    statuses(hook, 2)
    for _ in range(2):
        api.sim("inbound", {"account": NUMBER, "from": {"phone": PERSON}, "type": "read"})
    api.write("luego", wait=True)
    assert [status["status"] for status in statuses(hook, 3)] == ["sent", "delivered", "read"]


def test_outside_the_window_free_text_fails_as_a_status_and_a_template_does_not(api: Api, hook: Receiver) -> None:
    api.write(wait=True)
    api.sim("clock", {"advance_seconds": 24 * 3600 + 1})
    assert api.send(biz_opaque_callback_data="d1").status_code == 200
    (failed,) = statuses(hook, 1)
    assert failed["status"] == "failed"
    assert failed["errors"][0]["code"] == 131047
    assert failed["biz_opaque_callback_data"] == "d1"
    template = {"name": "hello_world", "language": {"code": "en_US"}}
    api.post(f"/{NUMBER}/messages", {**TEXT, "type": "template", "template": template})
    assert [status["status"] for status in statuses(hook, 3)[1:]] == ["sent", "delivered"]


def test_the_window_can_be_answered_directly(api: Api, hook: Receiver) -> None:
    api.sim("settings", {"window_answer": "direct"})
    response = api.send()
    assert response.status_code == 400
    assert response.json()["error"]["code"] == 131047
    assert api.chat()["messages"] == []


def test_read_and_typing(api: Api, hook: Receiver) -> None:
    message_id = api.write(wait=True)["message_id"]
    receipt = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
    response = api.post(f"/v26.0/{NUMBER}/messages", {**receipt, "typing_indicator": {"type": "text"}})
    assert response.json() == {"success": True}
    chat = api.chat()
    assert chat["messages"][0]["status"] == "read"
    assert chat["typing_until"] is not None
    api.send()
    assert api.chat()["typing_until"] is None
    wrong = api.post(f"/{NUMBER}/messages", {**receipt, "message_id": "wamid.unknown"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, 131009)


def test_batches_lie_in_one_body(api: Api, hook: Receiver) -> None:
    other = {"account": NUMBER, "from": {"phone": "34600111222", "name": "Ana"}, "text": "b"}
    mine = {"account": NUMBER, "from": {"phone": PERSON, "name": "Iñaki"}, "text": "a"}
    shapes = {}
    for split in ("messages", "changes", "entries"):
        answer = api.sim("inbound", {"batch": [mine, mine, other], "split": split, "wait": True})
        assert len(answer["message_ids"]) == 3
        entries = hook.calls[-1].json()["entry"]
        shapes[split] = [[len(change["value"]["messages"]) for change in entry["changes"]] for entry in entries]
    assert shapes == {"messages": [[3]], "changes": [[1, 1, 1]], "entries": [[1], [1], [1]]}
    merged = hook.calls[0].json()["entry"][0]["changes"][0]["value"]
    assert [contact["wa_id"] for contact in merged["contacts"]] == [PERSON, "34600111222"]


def test_raw_bodies_and_values_are_signed(api: Api, hook: Receiver) -> None:
    api.sim("inbound", {"account": NUMBER, "raw_body": '{"broken": ', "wait": True})
    assert hook.calls[0].body == b'{"broken": '
    assert (
        hook.calls[0]
        .headers["X-Hub-Signature-256"]
        .endswith(hmac.new(b"s3cret", b'{"broken": ', hashlib.sha256).hexdigest())
    )
    raw = {"account": NUMBER, "raw_value": {"event": "ñ"}, "field": "account_update", "wait": True}
    api.sim("inbound", raw)
    assert hook.calls[1].json()["entry"][0]["changes"] == [{"field": "account_update", "value": {"event": "ñ"}}]


def test_a_person_without_a_phone_number_is_reached_by_user_id(api: Api, hook: Receiver) -> None:
    person = {"user_id": "US.1A2b3C", "name": "Zoë", "username": "zoe"}
    api.sim("inbound", {"account": NUMBER, "from": person, "text": "hi", "wait": True})
    value = hook.calls[0].json()["entry"][0]["changes"][0]["value"]
    assert value["contacts"] == [{"profile": {"name": "Zoë", "username": "zoe"}, "user_id": "US.1A2b3C"}]
    assert "from" not in value["messages"][0]
    assert value["messages"][0]["from_user_id"] == "US.1A2b3C"
    body = {"messaging_product": "whatsapp", "recipient": "US.1A2b3C", "type": "text", "text": {"body": "hi"}}
    answer = api.post(f"/{NUMBER}/messages", body)
    assert answer.json()["contacts"] == [{"input": "US.1A2b3C", "user_id": "US.1A2b3C"}]
    assert statuses(hook, 1)[0]["recipient_user_id"] == "US.1A2b3C"


def test_the_same_message_twice_and_late(api: Api, hook: Receiver) -> None:
    api.sim("faults", {"faults": [{"kind": "duplicate"}], "match": {"event": "message"}})
    api.write("uno", wait=True)
    assert [message["text"]["body"] for message in values(hook, "messages")] == ["uno", "uno"]
    api.sim("faults", {"faults": [{"kind": "reorder", "seconds": 30}], "match": {"chat": PERSON}})
    api.write("dos")
    api.write("tres", wait=True)
    hook.wait_for(4)
    assert [message["text"]["body"] for message in values(hook, "messages")[2:]] == ["tres", "dos"]


def test_a_media_file_goes_up_and_comes_down(api: Api, hook: Receiver) -> None:
    upload = {"file": ("menu.pdf", b"%PDF-1.7 menu", "application/pdf")}
    form = {"messaging_product": "whatsapp", "type": "application/pdf"}
    response = requests.post(f"{api.url}/v26.0/{NUMBER}/media", data=form, files=upload, headers=AUTH, timeout=20)
    media_id = response.json()["id"]
    api.write(wait=True)
    sent = api.post(
        f"/{NUMBER}/messages", {**TEXT, "type": "document", "document": {"id": media_id, "filename": "menu.pdf"}}
    )
    assert sent.status_code == 200
    node = api.get(f"/v26.0/{media_id}").json()
    assert node["sha256"] == hashlib.sha256(b"%PDF-1.7 menu").hexdigest()
    assert requests.get(node["url"], headers=AUTH, timeout=20).content == b"%PDF-1.7 menu"
    assert requests.get(node["url"], timeout=20).status_code == 401
    api.sim("clock", {"advance_seconds": 301})
    assert requests.get(node["url"], headers=AUTH, timeout=20).status_code == 404


def test_a_phone_sees_changes_and_its_chat_is_read(api: Api, hook: Receiver) -> None:
    api.write(wait=True)
    with requests.get(f"{api.url}/_sim/events?account={NUMBER}&chat={PERSON}", stream=True, timeout=20) as stream:
        lines = stream.iter_lines()
        assert next(lines) == b": connected"
        api.send("hola")
        events: list[tuple[str, Any]] = []
        while not events or events[-1][1].get("status") != "read":
            line = next(lines).decode()
            if line.startswith("event: "):
                events.append((line[7:], json.loads(next(lines)[6:])))
    assert events[0][0] == "chat"
    assert events[0][1]["text"] == "hola"
    assert [data["status"] for kind, data in events if kind == "status"] == ["sent", "delivered", "read"]
    assert [status["status"] for status in statuses(hook, 3)] == ["sent", "delivered", "read"]
