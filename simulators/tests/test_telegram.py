"""The Telegram double over raw HTTP: methods, limits, webhooks in order, and what the phone shows."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from simulators.common import serve_in_thread
from simulators.telegram.double import TelegramDouble
from simulators.tests.webhook_receiver import Received, Receiver, eventually, webhook_receiver

TOKEN = "7000000001:" + "A" * 35
BOT = "7000000001"
ANA, BEN = {"id": 501, "first_name": "Ana", "language_code": "es"}, {"id": 502, "first_name": "Ben"}
GROUP = {"id": -77, "type": "group", "title": "Familia"}


class Api:
    def __init__(self, url: str) -> None:
        self.url = url

    def call(self, method: str, token: str = TOKEN, **parameters: Any) -> requests.Response:
        return requests.post(f"{self.url}/bot{token}/{method}", json=parameters, timeout=20)

    def refused(self, method: str, **parameters: Any) -> tuple[int, str]:
        response = self.call(method, **parameters)
        body = response.json()
        assert body["ok"] is False
        assert body["error_code"] == response.status_code
        return response.status_code, body["description"]

    def sim(self, what: str, body: Any) -> Any:
        response = requests.post(f"{self.url}/_sim/{what}", json=body, timeout=30)
        assert response.status_code == 200, response.text
        return response.json()

    def write(self, text: str = "hola", who: Any = ANA, **more: Any) -> Any:
        return self.sim("inbound", {"account": BOT, "from": who, "type": "text", "text": text, **more})

    def act(self, kind: str, who: Any = ANA, **more: Any) -> Any:
        return self.sim("inbound", {"account": BOT, "from": who, "type": kind, **more})

    def chat(self, chat: int = 501) -> Any:
        return requests.get(f"{self.url}/_sim/chat", params={"account": BOT, "chat": str(chat)}, timeout=20).json()


@pytest.fixture
def api() -> Iterator[Api]:
    with serve_in_thread(TelegramDouble()) as url:
        api = Api(url)
        api.sim("accounts", {"token": TOKEN})
        yield api


@pytest.fixture
def hook(api: Api) -> Iterator[Receiver]:
    with webhook_receiver() as receiver:
        answer = api.call("setWebhook", url=receiver.url, secret_token="S3cret_-")
        assert answer.json()["result"] is True
        yield receiver


def texts(calls: list[Received]) -> list[str]:
    return [call.json()["message"]["text"] for call in calls]


def test_an_update_arrives_with_the_secret(api: Api, hook: Receiver) -> None:
    answer = api.write("/start ábc 🎉 @someone", wait=True)
    assert answer == {"message_id": "1", "queued": True, "acknowledged": True}
    call = hook.calls[0]
    assert call.headers["X-Telegram-Bot-Api-Secret-Token"] == "S3cret_-"
    assert call.body.isascii()
    update = call.json()
    assert update["message"]["from"] == {**ANA, "is_bot": False}
    assert update["message"]["chat"] == {"id": 501, "first_name": "Ana", "type": "private"}
    assert update["message"]["entities"] == [
        {"type": "bot_command", "offset": 0, "length": 6},
        {"type": "mention", "offset": 14, "length": 8},
    ]
    assert api.chat()["messages"][0]["status"] == "delivered"


def test_message_ids_count_in_each_chat_and_update_ids_in_the_bot(api: Api, hook: Receiver) -> None:
    for who in (ANA, BEN, ANA):
        api.write(who=who, wait=True)
    updates = [call.json() for call in hook.calls]
    assert [update["message"]["message_id"] for update in updates] == [1, 1, 2]
    first = updates[0]["update_id"]
    assert [update["update_id"] - first for update in updates] == [0, 1, 2]


def test_a_chat_waits_for_its_head_and_other_chats_do_not(api: Api, hook: Receiver) -> None:
    api.sim("settings", {"retry_scale": 30})
    hook.answers = [(500, {}), (500, {})]  # the first failure is retried at once, the second after 30 * 2 s
    api.write("uno")
    hook.wait_for(2)
    api.write("dos")
    api.write("otro", who=BEN, wait=True)
    assert texts(hook.calls) == ["uno", "uno", "otro"]
    api.sim("clock", {"advance_seconds": 61})
    hook.wait_for(5)
    assert texts(hook.calls[3:]) == ["uno", "dos"]
    updates = [call.json()["update_id"] for call in hook.calls]
    assert updates[0] == updates[1] == updates[3]


def test_retry_after_is_honoured_and_old_updates_are_dropped(api: Api, hook: Receiver) -> None:
    hook.answers = [(503, {"Retry-After": "3600"})]
    api.write("uno")
    hook.wait_for(1)
    info = eventually(lambda: api.call("getWebhookInfo").json()["result"].get("last_error_message") and api)
    assert "503" in info.call("getWebhookInfo").json()["result"]["last_error_message"]
    api.sim("clock", {"advance_seconds": 3599})
    api.write("otro", who=BEN, wait=True)
    assert texts(hook.calls) == ["uno", "otro"]
    api.sim("clock", {"advance_seconds": 86400})
    api.write("dos", wait=True)
    assert texts(hook.calls) == ["uno", "otro", "dos"]
    assert api.call("getWebhookInfo").json()["result"]["pending_update_count"] == 0


def test_no_more_connections_than_allowed(api: Api) -> None:
    with webhook_receiver() as receiver:
        receiver.gate = threading.Event()
        api.call("setWebhook", url=receiver.url, max_connections=2)
        for person in range(1, 6):
            api.write(who={"id": person, "first_name": "x"})
        receiver.wait_for(2)
        assert api.call("getWebhookInfo").json()["result"]["pending_update_count"] == 5
        assert len(receiver.calls) == 2
        receiver.gate.set()
        receiver.wait_for(5)


def test_updates_wait_for_a_webhook_and_can_be_dropped(api: Api) -> None:
    api.write("uno")
    assert api.call("getWebhookInfo").json()["result"]["pending_update_count"] == 1
    with webhook_receiver() as receiver:
        api.call("setWebhook", url=receiver.url)
        receiver.wait_for(1)
        eventually(lambda: not api.call("getWebhookInfo").json()["result"]["pending_update_count"])
    api.call("deleteWebhook")
    api.write("dos")
    api.call("deleteWebhook", drop_pending_updates=True)
    assert api.call("getWebhookInfo").json()["result"] == {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": 0,
    }


def test_allowed_updates_and_their_default(api: Api, hook: Receiver) -> None:
    api.write(wait=True)
    assert api.act("reaction", message_id="1", emoji="👍")["queued"] is False
    assert api.act("block", wait=True)["queued"] is True
    assert hook.calls[-1].json()["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    api.sim("clock", {"advance_seconds": 2})
    api.call("setWebhook", url=hook.url, allowed_updates=["message_reaction"])
    assert api.write()["queued"] is False
    assert api.act("reaction", message_id="1", emoji="🎉", wait=True)["queued"] is True
    reaction = hook.calls[-1].json()["message_reaction"]
    assert reaction["old_reaction"] == [{"type": "emoji", "emoji": "👍"}]
    assert reaction["new_reaction"] == [{"type": "emoji", "emoji": "🎉"}]


@pytest.mark.parametrize(
    ("parameters", "description"),
    [
        ({"url": "http://example.org/x"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "https://example.org:8000/"}, "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"),
        ({"url": "http://127.0.0.1:1/", "secret_token": "a b"}, "secret token contains unallowed characters"),
        ({"url": "http://127.0.0.1:1/", "secret_token": "a" * 257}, "secret token is too long"),
    ],
)
def test_set_webhook_refuses(api: Api, parameters: dict[str, str], description: str) -> None:
    assert api.refused("setWebhook", **parameters) == (400, f"Bad Request: {description}")


def test_set_webhook_is_limited_and_says_what_it_takes(api: Api) -> None:
    first = api.call("setWebhook", url="http://127.0.0.1:1/x").json()
    assert first["description"].startswith("Webhook was set (this simulator takes http on loopback")
    second = api.call("setWebhook", url="http://127.0.0.1:1/x")
    assert second.status_code == 429
    assert second.json()["parameters"] == {"retry_after": 1}


@pytest.mark.parametrize(
    ("token", "status"),
    [("nonsense", 404), ("7000000001:short", 401), ("7000000001:" + "B" * 35, 401)],
)
def test_wrong_tokens(api: Api, token: str, status: int) -> None:
    response = api.call("getMe", token=token)
    assert response.status_code == status
    assert response.json()["error_code"] == status


def test_a_revoked_bot_and_an_unknown_method(api: Api) -> None:
    assert api.refused("sendEverything") == (404, "Not Found: method not found")
    api.sim("accounts", {"token": TOKEN, "status": "revoked"})
    assert api.refused("getMe") == (401, "Unauthorized")


def test_who_can_be_written_to(api: Api) -> None:
    assert api.refused("sendMessage", text="x") == (400, "Bad Request: chat_id is empty")
    assert api.refused("sendMessage", text="x", chat_id=501) == (400, "Bad Request: chat not found")
    api.sim("inbound", {"account": BOT, "from": ANA, "chat": GROUP, "text": "hola"})
    started = "Forbidden: bot can't initiate conversation with a user"
    assert api.refused("sendMessage", text="x", chat_id=501) == (403, started)
    api.act("start", payload="abc")
    assert api.call("sendMessage", text="x", chat_id=501).status_code == 200
    api.act("block")
    assert api.refused("sendMessage", text="x", chat_id=501) == (403, "Forbidden: bot was blocked by the user")
    api.act("unblock")
    assert api.call("sendMessage", text="x", chat_id=501).status_code == 200
    api.act("deactivate")
    assert api.refused("sendMessage", text="x", chat_id=501) == (403, "Forbidden: user is deactivated")


def test_a_group_that_was_upgraded_and_one_that_threw_the_bot_out(api: Api) -> None:
    api.act("join", chat=GROUP)
    assert api.call("sendMessage", chat_id=-77, text="x").json()["result"]["chat"] == GROUP
    api.act("migrate", chat=GROUP, to=-1001)
    refused = api.call("sendMessage", chat_id=-77, text="x").json()
    assert refused["parameters"] == {"migrate_to_chat_id": -1001}
    assert api.call("sendMessage", chat_id=-1001, text="x").json()["result"]["chat"]["type"] == "supergroup"
    api.act("kick", chat={"id": -1001})
    assert api.refused("sendMessage", chat_id=-1001, text="x")[0] == 403


def test_privacy_in_groups(api: Api, hook: Receiver) -> None:
    mine = api.write("hi", chat=GROUP)
    assert mine["queued"] is False
    assert api.write("/help", chat=GROUP)["queued"] is True
    assert api.write("/help@other_bot", chat=GROUP)["queued"] is False
    assert api.write(f"hey @SIM_{BOT}_bot", chat=GROUP)["queued"] is True
    sent = api.call("sendMessage", chat_id=-77, text="x").json()["result"]["message_id"]
    assert api.write("why?", chat=GROUP, reply_to=str(sent), wait=True)["queued"] is True
    assert hook.calls[-1].json()["message"]["reply_to_message"]["message_id"] == sent


def test_text_is_counted_in_utf16_after_parsing(api: Api) -> None:
    api.write()
    assert api.call("sendMessage", chat_id=501, text="😀" * 2048).status_code == 200
    assert api.refused("sendMessage", chat_id=501, text="😀" * 2048 + "x") == (400, "Bad Request: message is too long")
    long = "<b>" + "x" * 4096 + "</b>"
    assert api.call("sendMessage", chat_id=501, text=long, parse_mode="HTML").status_code == 200
    for blank in ("", "   ", "<b> </b>"):
        refused = api.refused("sendMessage", chat_id=501, text=blank, parse_mode="HTML")
        assert refused == (400, "Bad Request: message text is empty")


def test_a_formatted_reply_and_what_the_phone_shows(api: Api) -> None:
    question = api.write("¿qué?")["message_id"]
    text = '<b>Hola 😀 <i>Ñ</i></b> &lt;3 <a href="https://a.example/?x=1&amp;y=2">link</a>'
    sent = api.call(
        "sendMessage", chat_id=501, text=text, parse_mode="HTML", reply_parameters={"message_id": int(question)}
    ).json()["result"]
    assert sent["text"] == "Hola 😀 Ñ <3 link"
    assert sent["entities"] == [
        {"type": "bold", "offset": 0, "length": 9},
        {"type": "italic", "offset": 8, "length": 1},
        {"type": "text_link", "offset": 13, "length": 4, "url": "https://a.example/?x=1&y=2"},
    ]
    assert sent["reply_to_message"]["message_id"] == int(question)
    shown = api.chat()["messages"][1]
    assert shown["entities_html"] == (
        '<b>Hola 😀 <i>Ñ</i></b> &lt;3 <a href="https://a.example/?x=1&amp;y=2" rel="noopener noreferrer">link</a>'
    )
    assert (shown["format"], shown["status"], shown["reply_to"]) == ("html", "sent", question)


def test_flood_limits(api: Api) -> None:
    api.sim("settings", {"chat_burst": 2, "chat_per_second": 0.1, "bot_per_second": 3})
    for person in (ANA, BEN):
        api.write(who=person)
    assert [api.call("sendMessage", chat_id=501, text="x").status_code for _ in range(3)] == [200, 200, 429]
    refused = api.call("sendMessage", chat_id=501, text="x")
    assert refused.json()["parameters"]["retry_after"] == 10
    assert refused.json()["description"] == "Too Many Requests: retry after 10"
    assert api.call("sendMessage", chat_id=502, text="x").status_code == 200
    api.sim("clock", {"advance_seconds": 10})
    assert api.call("sendMessage", chat_id=501, text="x").status_code == 200


def test_typing_draft_and_edit(api: Api) -> None:
    api.write()
    assert api.call("sendChatAction", chat_id=501, action="typing").json()["result"] is True
    assert api.chat()["typing_until"] is not None
    assert api.refused("sendMessageDraft", chat_id=501, draft_id=0, text="a")[0] == 400
    assert api.call("sendMessageDraft", chat_id=501, draft_id=1, text="Escrib").json()["result"] is True
    assert api.chat()["draft"] == "Escrib"
    message_id = api.call("sendMessage", chat_id=501, text="Escribo").json()["result"]["message_id"]
    chat = api.chat()
    assert "draft" not in chat
    assert chat["typing_until"] is None
    same = api.refused("editMessageText", chat_id=501, message_id=message_id, text="Escribo")
    assert same[1].startswith("Bad Request: message is not modified")
    edited = api.call("editMessageText", chat_id=501, message_id=message_id, text="Escribí").json()["result"]
    assert edited["text"] == "Escribí"
    assert "edit_date" in edited
    assert api.refused("editMessageText", chat_id=501, message_id=1, text="x")[1].endswith("message can't be edited")
    assert api.call("deleteMessage", chat_id=501, message_id=message_id).json()["result"] is True
    assert len(api.chat()["messages"]) == 1


def test_buttons_are_pressed_and_answered_once(api: Api, hook: Receiver) -> None:
    api.write(wait=True)
    bad = {"inline_keyboard": [[{"text": "Sí", "callback_data": "ñ" * 33}]]}
    assert api.refused("sendMessage", chat_id=501, text="?", reply_markup=bad)[1] == "Bad Request: BUTTON_DATA_INVALID"
    good = {"inline_keyboard": [[{"text": "Sí", "callback_data": "ñ" * 32}]]}
    sent = api.call("sendMessage", chat_id=501, text="?", reply_markup=good).json()["result"]
    assert api.chat()["messages"][-1]["buttons"] == [{"text": "Sí", "data": "ñ" * 32}]
    api.act("callback", message_id=str(sent["message_id"]), data="ñ" * 32, wait=True)
    query = hook.calls[-1].json()["callback_query"]
    assert (query["data"], query["message"]["message_id"]) == ("ñ" * 32, sent["message_id"])
    assert api.call("answerCallbackQuery", callback_query_id=query["id"]).json()["result"] is True
    assert api.refused("answerCallbackQuery", callback_query_id=query["id"])[0] == 400


def test_the_person_edits(api: Api, hook: Receiver) -> None:
    message_id = api.write("hloa", wait=True)["message_id"]
    api.act("edit", message_id=message_id, text="hola", wait=True)
    edited = hook.calls[-1].json()["edited_message"]
    assert (edited["message_id"], edited["text"]) == (int(message_id), "hola")
    assert "edit_date" in edited


def test_files_both_ways(api: Api, hook: Receiver) -> None:
    media = {"mime_type": "application/pdf", "base64": "JVBERg==", "name": "menú.pdf"}
    api.act("document", media=media, text="la carta", wait=True)
    document = hook.calls[-1].json()["message"]["document"]
    assert (document["file_name"], document["file_size"]) == ("menú.pdf", 4)
    path = api.call("getFile", file_id=document["file_id"]).json()["result"]["file_path"]
    assert requests.get(f"{api.url}/file/bot{TOKEN}/{path}", timeout=20).content == b"%PDF"
    api.act("document", media={**media, "size": 21 << 20}, wait=True)
    big = hook.calls[-1].json()["message"]["document"]["file_id"]
    assert api.refused("getFile", file_id=big) == (400, "Bad Request: file is too big")
    files = {"photo": ("a.jpg", b"\xff\xd8\xff", "image/jpeg")}
    form = {"chat_id": "501", "caption": "<i>x</i>", "parse_mode": "HTML"}
    sent = requests.post(f"{api.url}/bot{TOKEN}/sendPhoto", data=form, files=files, timeout=20).json()["result"]
    assert sent["caption"] == "x"
    assert sent["photo"][0]["file_size"] == 3
    assert api.refused("sendPhoto", chat_id=501, photo="nothing")[0] == 400


def test_query_and_form_parameters(api: Api) -> None:
    api.write()
    url = f"{api.url}/bot{TOKEN}/sendMessage"
    got = requests.get(url, params={"chat_id": "501", "text": "ñ"}, timeout=20)
    assert got.json()["result"]["text"] == "ñ"
    form = {"chat_id": "501", "text": "ok", "reply_parameters": json.dumps({"message_id": 1})}
    assert requests.post(url, data=form, timeout=20).json()["result"]["reply_to_message"]["message_id"] == 1
    assert requests.post(url, data={**form, "reply_parameters": "{"}, timeout=20).status_code == 400
    assert requests.post(url, json=[1], timeout=20).status_code == 400


@pytest.mark.parametrize(
    ("reaction", "description"),
    [
        ([{"type": "emoji", "emoji": "🦖"}], "REACTION_INVALID"),
        ([{"type": "emoji", "emoji": "❤️"}], "REACTION_INVALID"),
        ([{"type": "custom_emoji", "custom_emoji_id": "1"}], "REACTION_INVALID"),
        ([{"type": "emoji", "emoji": "👍"}, {"type": "emoji", "emoji": "🎉"}], "REACTIONS_TOO_MANY"),
        (["👍"], "can't parse reaction type"),
    ],
)
def test_reactions_that_bots_may_not_set(api: Api, reaction: list[Any], description: str) -> None:
    api.write()
    assert api.refused("setMessageReaction", chat_id=501, message_id=1, reaction=reaction) == (
        400,
        f"Bad Request: {description}",
    )
    right = [{"type": "emoji", "emoji": "❤"}]
    assert api.call("setMessageReaction", chat_id=501, message_id=1, reaction=right).json()["result"] is True
    assert api.chat()["messages"][0]["reaction"] == "❤"


def test_a_photo_must_be_an_image(api: Api) -> None:
    api.write()
    files = {"photo": ("a.jpg", b"<svg/>", "image/jpeg")}
    sent = requests.post(f"{api.url}/bot{TOKEN}/sendPhoto", data={"chat_id": "501"}, files=files, timeout=20)
    assert sent.json()["description"] == "Bad Request: IMAGE_PROCESS_FAILED"
