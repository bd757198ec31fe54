"""What the doubles hand the phone besides text, and how they let time pass for it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from simulators.common import serve_in_thread
from simulators.telegram.double import TelegramDouble
from simulators.tests.phone_process import running_phone
from simulators.tests.webhook_receiver import Receiver, webhook_receiver
from simulators.whatsapp.double import WhatsAppDouble

NUMBER, TOKEN = "106540352242922", "7000000001:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"
PEOPLE: dict[str, dict[str, Any]] = {
    "whatsapp": {"phone": "15550100001", "name": "Olivia"},
    "telegram": {"id": 700001, "first_name": "Olivia"},
}
CHATS = {"whatsapp": "15550100001", "telegram": "700001"}
ACCOUNTS = {"whatsapp": NUMBER, "telegram": "7000000001"}
both = pytest.mark.parametrize("service", ["whatsapp", "telegram"])


@pytest.fixture(scope="module")
def hook() -> Iterator[Receiver]:
    with webhook_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def urls(hook: Receiver) -> Iterator[dict[str, str]]:
    """Of both doubles with an account each, and of the phone before them."""
    with serve_in_thread(WhatsAppDouble()) as whatsapp, serve_in_thread(TelegramDouble()) as telegram:
        account = {"webhook_url": hook.url, "app_secret": "s", "verify_token": hook.verify_token}
        post(whatsapp, "accounts", phone_number_id=NUMBER, **account)
        post(telegram, "accounts", token=TOKEN, webhook_url=hook.url)
        with running_phone("--whatsapp", whatsapp, "--telegram", telegram) as phone:
            yield {"whatsapp": whatsapp, "telegram": telegram, "phone": phone.url}


def post(url: str, path: str, **body: Any) -> Any:
    answer = requests.post(f"{url}/_sim/{path}", json=body, timeout=20)
    assert answer.ok, answer.text
    return answer.json()


def does(urls: dict[str, str], service: str, kind: str, **more: Any) -> str:
    body = {"account": ACCOUNTS[service], "from": PEOPLE[service], "type": kind, "wait": True, **more}
    return str(post(urls[service], "inbound", **body)["message_id"])


def chat(urls: dict[str, str], service: str) -> dict[str, Any]:
    where = {"account": ACCOUNTS[service], "chat": CHATS[service]}
    found: dict[str, Any] = requests.get(f"{urls[service]}/_sim/chat", params=where, timeout=20).json()
    return found


def shown(urls: dict[str, str], service: str, message_id: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = chat(urls, service)["messages"]
    return next(message for message in found if message["id"] == message_id)


def media(content: bytes, mime_type: str, name: str) -> dict[str, str]:
    return {"mime_type": mime_type, "base64": base64.b64encode(content).decode(), "name": name}


def get(urls: dict[str, str], service: str, file_id: str, **other: str) -> requests.Response:
    where = {"account": ACCOUNTS[service], "chat": CHATS[service], "id": file_id, **other}
    return requests.get(f"{urls['phone']}/api/{service}/media", params=where, timeout=20)


@both
def test_a_file_of_a_chat_comes_to_the_phone_and_only_sound_and_pictures_are_shown(
    urls: dict[str, str], service: str
) -> None:
    kinds = {"whatsapp": ("image", "document"), "telegram": ("photo", "document")}[service]
    contents = {kinds[0]: (b"\x89PNG", "image/png"), kinds[1]: (b"<script>1</script>", "text/html")}
    for kind, (content, mime_type) in contents.items():
        message = shown(urls, service, does(urls, service, kind, media=media(content, mime_type, "año.x")))
        assert message["media"]["size"] == len(content)
        answer = get(urls, service, message["media"]["id"])
        assert answer.content == content
        is_shown = mime_type == "image/png"
        assert answer.headers["Content-Type"] == (mime_type if is_shown else "application/octet-stream")
        assert answer.headers.get("Content-Disposition") == (None if is_shown else "attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert get(urls, service, message["media"]["id"], chat="999").status_code == 404
    assert get(urls, service, "no-such-file").status_code == 404


@both
def test_places_cards_and_forwards_are_told(urls: dict[str, str], service: str) -> None:
    place = shown(urls, service, does(urls, service, "location", latitude=40.4, longitude=-3.7))
    assert (place["location"]["latitude"], place["location"]["longitude"]) == (40.4, -3.7)
    card: dict[str, Any] = {"first_name": "Ana", "last_name": "Núñez", "phone_number": "+34"}
    kind, node = "contact", card
    if service == "whatsapp":
        kind, node = "contacts", [{"name": {"formatted_name": "Ana Núñez"}, "phones": [{"phone": "+34"}]}]  # type: ignore[assignment]
    assert shown(urls, service, does(urls, service, kind, node=node))["contacts"] == [
        {"name": "Ana Núñez", "phone": "+34"}
    ]
    origin = {"type": "hidden_user", "sender_user_name": "Zoë", "date": 1}
    how: dict[str, Any] = {"forwarded": True} if service == "whatsapp" else {"forward_origin": origin}
    assert shown(urls, service, does(urls, service, "text", text="mira", **how))["forwarded"] is True


def test_a_message_can_come_late_and_a_day_can_pass(urls: dict[str, str], hook: Receiver) -> None:
    does(urls, "whatsapp", "text", text="now")
    opened = chat(urls, "whatsapp")["last_inbound"]
    late = does(urls, "whatsapp", "text", text="yesterday", late_hours=25)
    assert chat(urls, "whatsapp")["last_inbound"] == opened
    [told] = [call.json() for call in hook.calls if late.encode() in call.body]
    [message] = told["entry"][0]["changes"][0]["value"]["messages"]
    assert told["entry"][0]["time"] - int(message["timestamp"]) >= 25 * 3600
    does(urls, "whatsapp", "silence", hours=24)
    assert chat(urls, "whatsapp")["last_inbound"] < opened
    wrong = {"account": NUMBER, "from": PEOPLE["whatsapp"], "type": "text", "text": "x", "late_hours": 169}
    assert requests.post(f"{urls['whatsapp']}/_sim/inbound", json=wrong, timeout=20).status_code == 400


def test_what_a_person_takes_back_in_telegram_is_gone_and_the_bot_is_not_told(
    urls: dict[str, str], hook: Receiver
) -> None:
    known = does(urls, "telegram", "text", text="oops")
    before = len(hook.calls)
    does(urls, "telegram", "delete", message_id=known)
    assert known not in [message["id"] for message in chat(urls, "telegram")["messages"]]
    assert len(hook.calls) == before
