"""Carrying out `POST /{phone_number_id}/messages`: limits, window, the person's phone, and what becomes of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from typing import Any

from simulators.common import Fault
from simulators.messenger import Buckets, Chat, ChatBook, ChatMessage, Rate
from simulators.messenger.chats import LAST_INBOUND
from simulators.messenger.clock import WakingClock
from simulators.whatsapp.accounts import Number
from simulators.whatsapp.errors import GraphError, invalid, missing
from simulators.whatsapp.media import MediaStore
from simulators.whatsapp.payloads import Change, status_value, wamid
from simulators.whatsapp.people import People, shown_card
from simulators.whatsapp.templates import TemplateBook, filled, quick_replies
from simulators.whatsapp.validate import MEDIA_TYPES, check_message

TYPING_SECONDS = 25
WINDOW_SECONDS = 86400
Node = dict[str, Any]


class Sender:
    def __init__(
        self,
        *,
        clock: WakingClock,
        chats: ChatBook,
        people: People,
        media: MediaStore,
        templates: TemplateBook,
        settings: Callable[[], Mapping[str, float | str]],
        tell: Callable[[Change], None],
    ) -> None:
        self._clock, self._chats, self._people, self._media = clock, chats, people, media
        self._templates, self._settings, self._tell = templates, settings, tell
        self._buckets = Buckets()
        self._timers: set[asyncio.TimerHandle] = set()

    def clear(self) -> None:
        self._buckets.clear()
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def send(self, number: Number, body: Node, fault: Fault | None) -> Node:
        """Meta's answer; raises GraphError."""
        now = self._clock.now()
        templates = self._templates.of(number.waba)
        kind = check_message(body, lambda media_id: self._media.type_of(media_id, now), templates)
        if number.locked:
            raise GraphError(131031)
        if number.unpaid:
            raise GraphError(131042)
        if not number.registered:
            raise GraphError(133010)
        chat, contact = self._recipient(number, body)
        error = self._fate(chat, kind, fault, now)
        self._keep_limits(number, chat, now)
        text = filled(templates, body["template"]) if kind == "template" else _shown_text(kind, body)
        message = self._shown(chat, kind, body, text, now)
        if kind == "template" and (replies := quick_replies(templates, body["template"])):
            message.extra["buttons"] = replies
        chat.stop_typing()
        self._post(chat, message, body)
        self._after("sent_after", self._report, number, chat, message, "sent", error)
        answer = {"id": message.id, "message_status": "accepted"}
        return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [answer]}

    def mark_read(self, number: Number, body: Node) -> Node:
        """A read receipt, with or without typing; raises GraphError."""
        if body.get("messaging_product") != "whatsapp":
            raise missing("messaging_product")
        if body["status"] != "read":
            raise GraphError(100, message="(#100) Param status must be one of {READ}.")
        typing = body.get("typing_indicator")
        if typing is not None and (not isinstance(typing, dict) or typing.get("type") != "text"):
            raise GraphError(100, message="(#100) Param typing_indicator['type'] must be one of {TEXT}.")
        chat = self.chat_of(number.id, str(body.get("message_id")))
        if chat is None:
            raise invalid("Param message_id is not the id of a message that this number received")
        for message in chat.messages.values():
            if message.direction == "in":
                chat.mark(message, "read")
            if message.id == body["message_id"]:
                break
        if typing is not None:
            chat.show_typing(self._clock.now() + TYPING_SECONDS)
        return {"success": True}

    def read_by_person(self, number: Number, chat: Chat) -> None:
        """The person looks at the chat: what was delivered there is read."""
        for message in tuple(chat.messages.values()):
            if message.direction == "out" and message.status == "delivered":
                self._report(number, chat, message, "read", None)

    def chat_of(self, number_id: str, message_id: str) -> Chat | None:
        return self._chats.of_message(number_id, message_id)

    def _recipient(self, number: Number, body: Node) -> tuple[Chat, Node]:
        if body.get("to") is None:
            user_id = body["recipient"]
            chat = self._people.find(number, user_id) or self._chats.open(number.id, user_id)
            chat.facts.setdefault("user_id", user_id)
            return chat, {"input": user_id, "user_id": user_id}
        phone = re.sub(r"\D", "", body["to"])
        if phone == number.digits:
            raise GraphError(131021)
        chat = self._chats.open(number.id, phone)
        chat.facts.setdefault("phone", phone)
        return chat, {"input": body["to"], "wa_id": phone}

    def _fate(self, chat: Chat, kind: str, fault: Fault | None, now: float) -> int | None:
        """The code of the error that will arrive as a failed status; raises GraphError where it is answered at once."""
        if fault is not None:
            return int(fault.number("code", 131026))
        if kind == "template" or now - chat.facts.get(LAST_INBOUND, 0.0) < WINDOW_SECONDS:
            return None
        if self._settings()["window_answer"] == "direct":
            raise GraphError(131047)
        return 131047

    def _keep_limits(self, number: Number, chat: Chat, now: float) -> None:
        settings = self._settings()
        per_second = float(settings["number_per_second"])
        throughput = Rate(max(1.0, per_second), per_second)
        pair = Rate(float(settings["pair_burst"]), 1 / float(settings["pair_seconds"]))
        wait = self._buckets.wait(number.id, throughput, now)
        if wait:
            raise GraphError(130429, retry_after=wait)
        if self._buckets.wait((number.id, chat.id), pair, now):
            raise GraphError(131056)
        self._buckets.take(number.id, throughput, now)
        self._buckets.take((number.id, chat.id), pair, now)

    def _shown(self, chat: Chat, kind: str, body: Node, text: str, now: float) -> ChatMessage:
        """The message as the phone shows it; raises GraphError where a reaction's target is unknown."""
        if kind == "reaction" and body["reaction"]["message_id"] not in chat.messages:
            raise invalid("Param reaction['message_id'] is not the id of a message in this conversation")
        message = ChatMessage(
            id=wamid(chat.facts.get("phone") or chat.id, inbound=False),
            direction="out",
            type=kind,
            text=text,
            at=now,
            status="pending",
            format="whatsapp",
            reply_to=body.get("context", {}).get("message_id"),
        )
        message.extra = self._extras(kind, body, now)
        if body.get("biz_opaque_callback_data") is not None:
            message.private["opaque"] = body["biz_opaque_callback_data"]
        return message

    def _extras(self, kind: str, body: Node, now: float) -> Node:
        if kind in MEDIA_TYPES:
            media = self._media.find(str(body[kind].get("id")), now)
            named = {"mime_type": media.mime_type, "size": len(media.content)} if media is not None else {}
            shown = {"id": body[kind].get("id"), "link": body[kind].get("link"), "name": body[kind].get("filename")}
            return {"media": {**shown, **named}}
        if kind == "location":
            return {"location": body[kind]}
        if kind == "contacts":
            return {"contacts": [shown_card(card) for card in body[kind]]}
        if kind == "text":
            return {"preview": True} if body[kind].get("preview_url") and "://" in body[kind]["body"] else {}
        if kind != "interactive":
            return {}
        action = body[kind]["action"]
        buttons = [button["reply"] for button in action.get("buttons", ())]
        rows = [row for section in action.get("sections", ()) for row in section["rows"]]
        return {"buttons": buttons} if buttons else {"rows": rows, "button": action.get("button")} if rows else {}

    def _post(self, chat: Chat, message: ChatMessage, body: Node) -> None:
        if message.type != "reaction":
            chat.post(message)
            return
        target = chat.messages[body["reaction"]["message_id"]]
        target.extra["reaction"] = body["reaction"]["emoji"] or None
        chat.post(target)

    def _report(self, number: Number, chat: Chat, message: ChatMessage, status: str, error: int | None) -> None:
        """Send a status webhook and see to the one that follows."""
        if error is not None:
            status = "failed"
            failure = GraphError(error)
            message.extra["error"] = {"code": error, "title": failure.title}
        if not chat.mark(message, status):
            return
        value = status_value(number, chat, message, status, self._clock.now())
        self._tell(Change(number=number, field="messages", value=value, chat=chat.id))
        if status == "sent" and not chat.facts.get("blocked"):
            self._after("delivered_after", self._report, number, chat, message, "delivered", None)
        if status == "delivered" and chat.phones:
            self._report(number, chat, message, "read", None)

    def _after(self, setting: str, report: Callable[..., None], *arguments: object) -> None:
        def due() -> None:
            self._timers.discard(timer)
            report(*arguments)

        timer = asyncio.get_running_loop().call_later(float(self._settings()[setting]), due)
        self._timers.add(timer)


def _shown_text(kind: str, body: Node) -> str:
    if kind == "text":
        return str(body["text"]["body"])
    if kind == "interactive":
        return str(body["interactive"]["body"]["text"])
    if kind == "reaction":
        return str(body["reaction"]["emoji"])
    return str(body[kind].get("caption", "")) if isinstance(body[kind], dict) else ""
