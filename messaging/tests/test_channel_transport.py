"""The channels against the services' doubles, as processes of their own: what arrives there, and what they send us."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from messaging.channels import get_channel
from messaging.channels.base import (
    AddressChange,
    Credentials,
    InboundMessage,
    Outgoing,
    Sent,
    StatusUpdate,
    TransportError,
    Unhandled,
)

ROOT = Path(__file__).parents[2]
BOT = "123456789:" + "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"[:35]
APP_SECRET = "0123456789abcdef"
WEBHOOK_SECRET = "hook_secret-1"
DELIVERY = "0190c1de-7d5e-7000-8000-000000000001"
MARKDOWN = "# Horario\n\n**Lunes** y *martes*: `9–17` & <más>\n\n- ñandú 😀\n- [sitio](https://a.com/?b=1&c=2)"


@dataclass(kw_only=True)
class Hooks:
    """A webhook receiver that answers 200 and keeps what came."""

    url: str
    received: queue.Queue[tuple[bytes, Mapping[str, str]]] = field(default_factory=queue.Queue)

    def next(self) -> tuple[bytes, Mapping[str, str]]:
        return self.received.get(timeout=20)


@dataclass(frozen=True, kw_only=True)
class Double:
    kind: str
    url: str

    def control(self, resource: str, /, **body: Any) -> Any:
        response = requests.post(f"{self.url}/_sim/{resource}", json=body, timeout=70)
        assert response.ok, response.text
        return response.json()

    def fault(self, **fault: Any) -> None:
        self.control("faults", faults=[fault])

    def calls(self, method: str, ending: str) -> list[dict[str, Any]]:
        """The journal's calls of a method and the end of a path, oldest first."""
        journal = requests.get(f"{self.url}/_sim/journal", timeout=10).json()["calls"]
        return [call for call in journal if call["method"] == method and call["path"].split("?")[0].endswith(ending)]


def started(kind: str) -> Iterator[Double]:
    command = [sys.executable, "-m", f"simulators.{kind}", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready, _, url = process.stdout.readline().strip().partition(" ")
            assert ready == "ready"
            yield Double(kind=kind, url=url)
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def whatsapp_process() -> Iterator[Double]:
    yield from started("whatsapp")


@pytest.fixture(scope="module")
def telegram_process() -> Iterator[Double]:
    yield from started("telegram")


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    kept = Hooks(url="")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            challenge = self.path.partition("hub.challenge=")[2].partition("&")[0]
            self._answer(challenge.encode())

        def do_POST(self) -> None:
            kept.received.put((self.rfile.read(int(self.headers["Content-Length"])), dict(self.headers)))
            self._answer(b"")

        def _answer(self, content: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield kept
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def whatsapp(whatsapp_process: Double, hooks: Hooks) -> Double:
    whatsapp_process.control("reset")
    whatsapp_process.control(
        "accounts",
        phone_number_id="1155",
        waba_id="9911",
        webhook_url=hooks.url,
        app_secret=APP_SECRET,
        verify_token="v",
        display_phone_number="15550102030",
        name="Café Ñ",
    )
    return whatsapp_process


@pytest.fixture
def telegram(telegram_process: Double, hooks: Hooks) -> Double:
    telegram_process.control("reset")
    get_channel("telegram").connect(credentials(telegram_process), hooks.url, WEBHOOK_SECRET)
    return telegram_process


def credentials(double: Double) -> Credentials:
    if double.kind == "whatsapp":
        return Credentials(
            external_id="1155", token="EAAG1", base_url=f"{double.url}/v26.0", config={"waba_id": "9911"}
        )
    return Credentials(external_id="123456789", token=BOT, base_url=double.url)


def writes(double: Double, hooks: Hooks, **what: Any) -> tuple[Any, ...]:
    """A person does something; the events of the webhook that it brings, which must be authentic."""
    person = (
        {"phone": "34600111222", "name": "Ana Núñez"}
        if double.kind == "whatsapp"
        else {"id": 5001, "first_name": "Ana"}
    )
    account = "1155" if double.kind == "whatsapp" else "123456789"
    double.control("inbound", account=account, **{"from": person, "type": "text", **what}, wait=True)
    return events(double, hooks)


def events(double: Double, hooks: Hooks) -> tuple[Any, ...]:
    channel = get_channel(double.kind)
    body, headers = hooks.next()
    secret = APP_SECRET if double.kind == "whatsapp" else WEBHOOK_SECRET
    assert channel.verify(body, headers, secret)
    assert not channel.verify(body, headers, "another")
    return tuple(event for entry in channel.parse(body) for event in entry.events)


def send(double: Double, chat_id: str, markdown: str = MARKDOWN, **more: Any) -> Sent:
    channel = get_channel(double.kind)
    (part,) = channel.render(markdown)
    return channel.send(credentials(double), Outgoing(delivery_id=DELIVERY, chat_id=chat_id, part=part, **more))


def refusal(double: Double, chat_id: str) -> TransportError:
    with pytest.raises(TransportError) as caught:
        send(double, chat_id, "hola")
    return caught.value


def until(hooks: Hooks, double: Double, wanted: Callable[[Any], bool]) -> Any:
    """The first event that is wanted, from the webhooks as they come."""
    while True:
        for event in events(double, hooks):
            if wanted(event):
                return event


# WhatsApp


def test_a_whatsapp_conversation(whatsapp: Double, hooks: Hooks) -> None:
    (asked,) = writes(whatsapp, hooks, text="¿Hola? 😀")
    assert isinstance(asked, InboundMessage)
    assert (asked.text, asked.sender.name, asked.chat_id) == ("¿Hola? 😀", "Ana Núñez", "34600111222")

    get_channel("whatsapp").show_typing(credentials(whatsapp), asked.chat_id, asked.message_id)
    sent = send(whatsapp, asked.chat_id, reply_to=asked.message_id)

    typing, answer = whatsapp.calls("POST", "/1155/messages")
    assert typing["body"]["status"] == "read"
    assert answer["body"]["to"] == "34600111222"
    assert answer["body"]["context"] == {"message_id": asked.message_id}
    assert answer["body"]["text"]["body"] == (
        "*Horario*\n\n*Lunes* y _martes_: `9–17` & <más>\n\n- ñandú 😀\n- sitio (https://a.com/?b=1&c=2)"
    )
    status = until(hooks, whatsapp, lambda event: isinstance(event, StatusUpdate) and event.state == "delivered")
    assert (status.external_id, status.delivery_id) == (sent.external_id, DELIVERY)


def test_a_whatsapp_person_with_a_user_id(whatsapp: Double, hooks: Hooks) -> None:
    person = {"phone": "34600111222", "name": "Ana", "user_id": "ES.1349120865", "username": "ananu"}
    (asked,) = writes(whatsapp, hooks, **{"from": person}, text="hola")
    assert (asked.chat_id, asked.sender.phone, asked.sender.username) == ("ES.1349120865", "34600111222", "ananu")
    send(whatsapp, asked.chat_id)
    assert whatsapp.calls("POST", "/1155/messages")[-1]["body"]["recipient"] == "ES.1349120865"


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ({"type": "button_reply", "id": "y", "title": "Sí"}, "Sí"),
        ({"type": "list_reply", "id": "y", "title": "Martes"}, "Martes"),
        ({"type": "location", "latitude": 40.5, "longitude": -3.25, "name": "Sol"}, "Location: Sol (40.5, -3.25)"),
        ({"type": "image", "media": {"mime_type": "image/png", "base64": "iVBORw0KGgo="}, "text": "mira"}, "mira"),
    ],
)
def test_whatsapp_messages_of_other_kinds(whatsapp: Double, hooks: Hooks, what: dict[str, Any], text: str) -> None:
    (asked,) = writes(whatsapp, hooks, **what)
    assert isinstance(asked, InboundMessage)
    assert asked.text == text


def test_a_whatsapp_batch_keeps_every_part(whatsapp: Double, hooks: Hooks) -> None:
    person = {"phone": "34600111222", "name": "Ana"}
    batch = [{"account": "1155", "from": person, "type": "text", "text": str(index)} for index in range(4)]
    for split in ("messages", "changes", "entries"):
        whatsapp.control("inbound", batch=batch, account="1155", split=split, wait=True)
        assert [event.text for event in events(whatsapp, hooks)] == ["0", "1", "2", "3"]


def test_whatsapp_raw_garbage_is_authentic_and_kept(whatsapp: Double, hooks: Hooks) -> None:
    whatsapp.control("inbound", account="1155", raw_value={"odd": "ñ"}, field="hologram")
    assert events(whatsapp, hooks) == (Unhandled(reason="field hologram"),)


def test_whatsapp_account_calls(whatsapp: Double) -> None:
    channel = get_channel("whatsapp")
    facts = channel.check(credentials(whatsapp))
    assert (facts.external_id, facts.display_name, facts.address) == ("1155", "Café Ñ", "+15550102030")
    channel.connect(credentials(whatsapp), "https://x.example/webhooks/whatsapp/1", "unused")
    assert len(whatsapp.calls("POST", "/9911/subscribed_apps")) == 1


def test_whatsapp_refusals(whatsapp: Double, hooks: Hooks) -> None:
    writes(whatsapp, hooks, text="hola")
    whatsapp.fault(kind="rate_limit", retry_after=7, code=130429)
    error = refusal(whatsapp, "34600111222")
    assert (error.code, error.retry_after, error.permanent, error.in_doubt) == ("130429", 7, False, False)

    whatsapp.fault(kind="lost_answer")
    assert refusal(whatsapp, "34600111222").in_doubt

    whatsapp.control("settings", window_answer="direct")
    whatsapp.control(
        "inbound", account="1155", **{"from": {"phone": "34600111222", "name": "Ana"}}, type="silence", hours=25
    )
    assert refusal(whatsapp, "34600111222").window_closed

    whatsapp.control("accounts", phone_number_id="1155", token_status="expired")
    error = refusal(whatsapp, "34600111222")
    assert (error.unauthorized, error.code) == (True, "190/463")
    with pytest.raises(TransportError) as caught:
        get_channel("whatsapp").check(credentials(whatsapp))
    assert caught.value.unauthorized


def test_a_whatsapp_failure_that_comes_as_a_status(whatsapp: Double, hooks: Hooks) -> None:
    writes(whatsapp, hooks, text="hola")
    whatsapp.fault(kind="failed_status", code=131026)
    sent = send(whatsapp, "34600111222")
    status = until(hooks, whatsapp, lambda event: isinstance(event, StatusUpdate) and event.state == "failed")
    assert (status.external_id, status.error_code, status.unreachable) == (sent.external_id, "131026", True)


# Telegram


def test_a_telegram_conversation(telegram: Double, hooks: Hooks) -> None:
    (asked,) = writes(telegram, hooks, type="start", payload="aB-9_x")
    assert isinstance(asked, InboundMessage)
    assert (asked.text, asked.chat_id, asked.chat_kind) == ("/start aB-9_x", "5001", "private")

    get_channel("telegram").show_typing(credentials(telegram), asked.chat_id, asked.message_id)
    send(telegram, asked.chat_id, reply_to=asked.message_id)

    assert telegram.calls("POST", "/sendChatAction")[0]["body"] == {"chat_id": 5001, "action": "typing"}
    (answer,) = telegram.calls("POST", "/sendMessage")
    assert answer["body"]["chat_id"] == 5001
    assert answer["body"]["reply_parameters"]["message_id"] == int(asked.message_id)
    assert answer["body"]["text"] == (
        "<b>Horario</b>\n\n<b>Lunes</b> y <i>martes</i>: <code>9–17</code> &amp; &lt;más&gt;\n\n"
        '• ñandú 😀\n• <a href="https://a.com/?b=1&amp;c=2">sitio</a>'
    )


def test_telegram_registers_its_webhook(telegram: Double, hooks: Hooks) -> None:
    (call,) = telegram.calls("POST", "/setWebhook")
    assert (call["body"]["url"], call["body"]["secret_token"]) == (hooks.url, WEBHOOK_SECRET)
    assert "message" in call["body"]["allowed_updates"]


def test_telegram_account_calls(telegram: Double) -> None:
    facts = get_channel("telegram").check(credentials(telegram))
    assert (facts.external_id, facts.address) == ("123456789", "sim_123456789_bot")


def test_telegram_messages_of_a_group(telegram: Double, hooks: Hooks) -> None:
    group = {"id": -100200, "type": "supergroup", "title": "Equipo"}
    assert events_of_joining(telegram, hooks, group) == AddressChange(address="-100200", reachable=True)
    (asked,) = writes(telegram, hooks, chat=group, text="@sim_123456789_bot hola")
    assert (asked.chat_id, asked.chat_kind, asked.sender.address) == ("-100200", "group", "5001")


def events_of_joining(telegram: Double, hooks: Hooks, group: dict[str, Any]) -> Any:
    telegram.control(
        "inbound", account="123456789", **{"from": {"id": 5001, "first_name": "Ana"}}, chat=group, type="join"
    )
    return until(hooks, telegram, lambda event: isinstance(event, AddressChange))


def test_telegram_blocking_and_coming_back(telegram: Double, hooks: Hooks) -> None:
    writes(telegram, hooks, text="hola")
    assert writes(telegram, hooks, type="block") == (AddressChange(address="5001", reachable=False),)
    error = refusal(telegram, "5001")
    assert (error.unreachable, error.permanent, error.code) == (True, True, "403")
    assert writes(telegram, hooks, type="unblock") == (AddressChange(address="5001", reachable=True),)
    send(telegram, "5001")


def test_telegram_refusals(telegram: Double, hooks: Hooks) -> None:
    writes(telegram, hooks, text="hola")
    telegram.fault(kind="rate_limit", retry_after=5, match={"method": "sendMessage"})
    assert refusal(telegram, "5001").retry_after == 5

    telegram.fault(kind="lost_answer", match={"method": "sendMessage"})
    assert refusal(telegram, "5001").in_doubt

    telegram.fault(kind="http", status=502, body="<html>", match={"method": "sendMessage"})
    assert refusal(telegram, "5001").in_doubt

    telegram.fault(kind="error", status=500, match={"method": "sendMessage"})
    error = refusal(telegram, "5001")
    assert (error.in_doubt, error.permanent, error.code) == (False, False, "500")

    error = refusal(telegram, "777")
    assert (error.unreachable, error.permanent) == (True, True)

    telegram.control("accounts", token=BOT, status="revoked")
    assert refusal(telegram, "5001").unauthorized


def test_telegram_gets_the_plain_text_where_the_format_is_refused(telegram: Double, hooks: Hooks) -> None:
    writes(telegram, hooks, text="hola")
    telegram.fault(
        kind="error",
        status=400,
        description="Bad Request: can't parse entities: Can't find end tag",
        match={"method": "sendMessage"},
    )
    sent = send(telegram, "5001", "**hola**")
    first, second = telegram.calls("POST", "/sendMessage")
    assert (first["body"]["text"], second["body"]["text"], sent.sent_plain) == ("<b>hola</b>", "hola", True)


def test_a_telegram_group_that_was_upgraded_tells_its_new_id(telegram: Double, hooks: Hooks) -> None:
    group = {"id": -200, "type": "group", "title": "Equipo"}
    events_of_joining(telegram, hooks, group)
    person = {"id": 5001, "first_name": "Ana"}
    migration = {"account": "123456789", "from": person, "chat": group, "type": "migrate", "to": -100777}
    telegram.control("inbound", **migration)
    assert refusal(telegram, "-200").migrated_to == "-100777"


@pytest.mark.parametrize("length", [4096, 4097, 9000])
def test_telegram_takes_every_part_of_a_long_text(telegram: Double, hooks: Hooks, length: int) -> None:
    writes(telegram, hooks, text="hola")
    telegram.control("settings", chat_burst=50)
    channel = get_channel("telegram")
    parts = channel.render(("**😀&** " * length)[: length * 2])
    for part in parts:
        channel.send(credentials(telegram), Outgoing(delivery_id=DELIVERY, chat_id="5001", part=part))
    assert len(telegram.calls("POST", "/sendMessage")) == len(parts) > 1
