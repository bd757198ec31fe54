"""Parts of an answer as people see them on the doubles' phones, and their files as they come to us."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import requests
from django.conf import settings

from messaging.channels import get_channel
from messaging.channels.base import (
    Choice,
    ChoicePart,
    Credentials,
    Fetched,
    FilePart,
    Media,
    Outgoing,
    Part,
    ReactionPart,
    Sent,
    TransportError,
)
from simulators.tests.webhook_receiver import webhook_receiver
from tests.doubles import Double

BOT = "7000000001:" + "A" * 35
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\xff" * 50
PDF = "%PDF ñ".encode()
DELIVERY = "0190c1de-7d5e-7000-8000-000000000001"
KINDS = ["whatsapp", "telegram"]
PEOPLE: dict[str, tuple[str, dict[str, Any]]] = {
    "whatsapp": ("34600111222", {"phone": "34600111222", "name": "Ana Núñez"}),
    "telegram": ("501", {"id": 501, "first_name": "Ana"}),
}
ACCOUNTS = {"whatsapp": "1155", "telegram": "7000000001"}


class Chat:
    """A person who wrote to the account, and what they see."""

    def __init__(self, kind: str, double: Double) -> None:
        self.kind, self.double = kind, double
        self.chat_id, self.person = PEOPLE[kind]
        account = {"phone_number_id": "1155", "waba_id": "9911"} if kind == "whatsapp" else {"token": BOT}
        double.post("accounts", **account)
        self.message_id = self.writes(type="text", text="hola")["message_id"]

    def writes(self, **what: Any) -> dict[str, Any]:
        body = {"account": ACCOUNTS[self.kind], "from": self.person, **what}
        answer: dict[str, Any] = self.double.post("inbound", **body)
        return answer

    def credentials(self) -> Credentials:
        token = "EAAG1" if self.kind == "whatsapp" else BOT
        return Credentials(external_id=ACCOUNTS[self.kind], token=token, base_url=settings.CHANNEL_BASE_URLS[self.kind])

    def gets(self, part: Part, **more: Any) -> Sent:
        outgoing = Outgoing(delivery_id=DELIVERY, chat_id=self.chat_id, part=part, **more)
        return get_channel(self.kind).send(self.credentials(), outgoing)

    def refuses(self, part: Part, **more: Any) -> TransportError:
        with pytest.raises(TransportError) as caught:
            self.gets(part, **more)
        return caught.value

    def fetches(self, file_id: str, max_bytes: int = 1 << 20) -> Fetched:
        media = Media(kind="document", file_id=file_id, name="menú.pdf")
        return get_channel(self.kind).fetch(self.credentials(), media, max_bytes)

    def fails_to_fetch(self, file_id: str, max_bytes: int = 1 << 20) -> TransportError:
        with pytest.raises(TransportError) as caught:
            self.fetches(file_id, max_bytes)
        return caught.value

    def shown(self) -> dict[str, Any]:
        where = {"account": ACCOUNTS[self.kind], "chat": self.chat_id}
        seen: dict[str, Any] = requests.get(f"{self.double.url}/_sim/chat", params=where, timeout=10).json()
        return seen

    def newest(self) -> dict[str, Any]:
        newest: dict[str, Any] = self.shown()["messages"][-1]
        return newest

    def receives_file(self, content: bytes = PDF, **media: Any) -> str:
        """A person sends a document; gives the service's id of the file."""
        given = {"mime_type": "application/pdf", "base64": base64.b64encode(content).decode(), "name": "menú.pdf"}
        self.writes(type="document", media={**given, **media})
        return str(self.newest()["media"]["id"])


@pytest.fixture(params=KINDS)
def chat(request: pytest.FixtureRequest, doubles: dict[str, Double]) -> Chat:
    return Chat(request.param, doubles[request.param])


@pytest.fixture
def whatsapp(doubles: dict[str, Double]) -> Chat:
    return Chat("whatsapp", doubles["whatsapp"])


@pytest.fixture
def telegram(doubles: dict[str, Double]) -> Chat:
    return Chat("telegram", doubles["telegram"])


def choices(count: int, **more: Any) -> ChoicePart:
    offered = [Choice(id=f"día-{n}", title=f"Día {n} 🗓", **more) for n in range(count)]
    return ChoicePart(text="¿Qué día?", plain="¿Qué día?", choices=offered, button="Elige")


def picture(**changed: Any) -> FilePart:
    given = {"kind": "image", "content": PNG, "mime": "image/png", "name": "casa.png"}
    return FilePart(**{**given, "caption": "mi casa 🏡", "plain_caption": "mi casa 🏡", **changed})


@pytest.mark.parametrize(("count", "place"), [(2, "buttons"), (3, "buttons"), (4, "rows"), (10, "rows"), (11, "")])
def test_choices_in_whatsapp(whatsapp: Chat, count: int, place: str) -> None:
    whatsapp.gets(choices(count), reply_to=whatsapp.message_id)
    seen = whatsapp.newest()
    assert seen["reply_to"] == whatsapp.message_id
    assert {name for name in ("buttons", "rows") if name in seen} == ({place} if place else set())
    if place:
        assert [each["title"] for each in seen[place]] == [f"Día {n} 🗓" for n in range(count)]
    else:
        assert "11. Día 10 🗓" in seen["text"]


@pytest.mark.parametrize("count", [1, 20, 21])
def test_choices_in_telegram(telegram: Chat, count: int) -> None:
    telegram.gets(choices(count), reply_to=telegram.message_id)
    seen = telegram.newest()
    assert seen["reply_to"] == telegram.message_id
    if count <= 20:
        assert seen["buttons"] == [{"text": f"Día {n} 🗓", "data": f"día-{n}"} for n in range(count)]
    else:
        assert "21. Día 20 🗓" in seen["text"]


def test_a_picture_and_a_document_arrive(chat: Chat) -> None:
    sent = chat.gets(picture(), reply_to=chat.message_id)
    seen = chat.newest()
    assert (seen["id"], seen["type"] in {"image", "photo"}, seen["text"]) == (sent.external_id, True, "mi casa 🏡")
    assert seen["reply_to"] == chat.message_id
    assert (seen["media"]["mime_type"], seen["media"]["size"]) == ("image/png", len(PNG))

    csv = picture(kind="document", content="a;ñ".encode(), mime="text/csv", name="citas.csv", caption="")
    chat.gets(csv)
    seen = chat.newest()
    assert (seen["type"], seen["media"]["name"], seen["media"]["size"]) == ("document", "citas.csv", 4)


def test_what_is_no_picture_goes_as_a_document(telegram: Chat) -> None:
    telegram.gets(picture(content=b"<svg/>"))
    assert telegram.newest()["type"] == "document"
    assert [call["path"].rpartition("/")[2] for call in telegram.double.calls(containing="/send")] == [
        "sendPhoto",
        "sendDocument",
    ]


def test_a_file_that_the_service_does_not_take_is_refused_for_good(whatsapp: Chat) -> None:
    error = whatsapp.refuses(picture(mime="image/gif"))
    assert (error.permanent, error.unreachable) == (True, False)
    assert whatsapp.double.calls(containing="/messages") == []
    whatsapp.gets(picture())


def test_a_lost_upload_is_repeated_and_a_lost_message_is_not(whatsapp: Chat) -> None:
    whatsapp.double.post("faults", faults=[{"kind": "lost_answer", "match": {"method": "media"}}])
    assert not whatsapp.refuses(picture()).in_doubt
    whatsapp.double.post("faults", faults=[{"kind": "lost_answer", "match": {"method": "messages"}}])
    assert whatsapp.refuses(picture()).in_doubt
    assert whatsapp.newest()["type"] == "image"
    assert len(whatsapp.double.calls(containing="/media")) == 2


def test_a_reaction_comes_and_goes(chat: Chat) -> None:
    chat.gets(ReactionPart(emoji="❤️"), reply_to=chat.message_id)
    assert chat.newest()["reaction"].startswith("❤")
    chat.gets(ReactionPart(emoji=""), reply_to=chat.message_id)
    assert not chat.newest()["reaction"]
    assert chat.refuses(ReactionPart(emoji="👍"), reply_to="77").permanent


def test_an_emoji_that_telegram_does_not_take(telegram: Chat) -> None:
    error = telegram.refuses(ReactionPart(emoji="🦖"), reply_to=telegram.message_id)
    assert (error.permanent, error.unreachable) == (True, False)


def test_a_draft_grows_and_ends_with_the_message(telegram: Chat) -> None:
    channel = get_channel("telegram")
    for text in ("Est", "Est**oy"):
        channel.show_draft(telegram.credentials(), telegram.chat_id, 7, text)
        assert telegram.shown()["draft"] == text
    (part,) = channel.render("Est**oy** aquí")
    telegram.gets(part)
    assert "draft" not in telegram.shown()


def test_a_pressed_button_is_answered_once(telegram: Chat) -> None:
    with webhook_receiver() as hook:
        channel = get_channel("telegram")
        channel.connect(telegram.credentials(), hook.url, "secret_1")
        sent = telegram.gets(choices(2))
        telegram.writes(type="callback", message_id=sent.external_id, data="día-1", wait=True)
        query = next(call.json()["callback_query"] for call in hook.calls if "callback_query" in call.json())
        channel.answer_choice(telegram.credentials(), query["id"])
        with pytest.raises(TransportError) as caught:
            channel.answer_choice(telegram.credentials(), query["id"])
    assert caught.value.permanent


def test_the_menu_of_commands_in_two_languages(telegram: Chat) -> None:
    channel, given = get_channel("telegram"), telegram.credentials()
    channel.set_commands(given, {"new": "Start anew", "stop": "No more messages"}, "")
    channel.set_commands(given, {"new": "Empezar de nuevo"}, "es-MX")
    url = f"{telegram.double.url}/bot{BOT}/getMyCommands"
    english, spanish = (requests.post(url, json=asked, timeout=10).json() for asked in ({}, {"language_code": "es"}))
    assert [each["command"] for each in english["result"]] == ["new", "stop"]
    assert spanish["result"] == [{"command": "new", "description": "Empezar de nuevo"}]


def test_what_people_send_is_fetched(chat: Chat) -> None:
    fetched = chat.fetches(chat.receives_file())
    assert fetched == Fetched(content=PDF, mime="application/pdf", name="menú.pdf")


def test_what_is_larger_than_we_want_is_lost_for_good(chat: Chat) -> None:
    error = chat.fails_to_fetch(chat.receives_file(b"x" * 2000), max_bytes=1999)
    assert (error.permanent, error.code) == (True, "too_large")
    assert chat.fetches(chat.receives_file(b"x" * 2000), max_bytes=2000).content == b"x" * 2000


def test_what_is_larger_than_bots_may_have_is_lost_for_good(telegram: Chat) -> None:
    file_id = telegram.receives_file(size=21 << 20)
    assert telegram.fails_to_fetch(file_id, max_bytes=100 << 20).permanent


def test_a_url_that_ran_out_is_asked_for_anew(whatsapp: Chat) -> None:
    file_id = whatsapp.receives_file()
    fault = {"kind": "http", "status": 404, "match": {"method": "media_download"}}
    whatsapp.double.post("faults", faults=[fault])
    assert whatsapp.fetches(file_id).content == PDF
    assert len(whatsapp.double.calls("GET", f"/{file_id}")) == 2


def test_a_file_that_the_service_has_forgotten_is_lost_for_good(whatsapp: Chat) -> None:
    file_id = whatsapp.receives_file()
    whatsapp.double.post("clock", advance_seconds=7 * 86400 + 1)
    assert whatsapp.fails_to_fetch(file_id).permanent


def test_a_refused_token_is_not_the_files_fault(whatsapp: Chat) -> None:
    file_id = whatsapp.receives_file()
    whatsapp.double.post("accounts", phone_number_id="1155", token_status="expired")
    error = whatsapp.fails_to_fetch(file_id)
    assert (error.unauthorized, error.permanent) == (True, False)
