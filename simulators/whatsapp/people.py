"""What people do on their phones, as the webhooks that tell of it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any

from simulators.common import ControlError
from simulators.messenger import Chat, ChatBook, ChatMessage
from simulators.messenger.chats import LAST_INBOUND
from simulators.whatsapp.accounts import Number
from simulators.whatsapp.media import MediaStore
from simulators.whatsapp.payloads import Change, messages_value, metadata, wamid
from simulators.whatsapp.validate import MEDIA_TYPES, USER_ID

Node = dict[str, Any]


class People:
    def __init__(self, chats: ChatBook, media: MediaStore) -> None:
        self._chats, self._media = chats, media

    def contact(self, number: Number, given: object) -> Chat:
        """The chat with the person that a control body names; raises ControlError."""
        if not isinstance(given, dict):
            raise ControlError('from must be {"phone": digits, "name": …, "user_id"?: …}')
        phone, user_id = re.sub(r"\D", "", str(given.get("phone") or "")), given.get("user_id") or ""
        if not phone and not user_id:
            raise ControlError("from needs a phone or a user_id")
        if user_id and not USER_ID.fullmatch(str(user_id)):
            raise ControlError("user_id must look like US.1A2b3C")
        chat = self.find(number, phone or user_id) or self._chats.open(number.id, phone or user_id)
        told = {"phone": phone, "user_id": user_id, "name": given.get("name"), "username": given.get("username")}
        chat.facts.update({name: value for name, value in told.items() if value})
        return chat

    def find(self, number: Number, address: str) -> Chat | None:
        """The chat with a phone number or user id."""
        found = self._chats.find(number.id, address)
        if found is not None or not USER_ID.fullmatch(address):
            return found
        chats = (chat for chat in self._chats if chat.account == number.id)
        return next((chat for chat in chats if chat.facts.get("user_id") == address), None)

    def write(self, number: Number, body: Node, now: float) -> Change:
        """The person writes a message of any type; raises ControlError."""
        chat = self.contact(number, body.get("from"))
        kind = body.get("type", "text")
        message_id = body.get("message_id") or wamid(chat.facts.get("phone") or chat.id, inbound=True)
        at = now - 3600 * _hours(body, "late_hours")
        message: Node = {"id": message_id, "timestamp": str(int(at))}
        if chat.facts.get("phone"):
            message["from"] = chat.facts["phone"]
        if chat.facts.get("user_id"):
            message["from_user_id"] = chat.facts["user_id"]
        message |= self._content(number, kind, body, now)
        if body.get("reply_to"):
            message["context"] = {"from": number.digits, "id": body["reply_to"]}
        if body.get("forwarded"):
            message["context"] = {"forwarded": True}
        if isinstance(body.get("referral"), dict):
            message["referral"] = body["referral"]
        chat.wrote_at(max(at, chat.facts.get(LAST_INBOUND, 0.0)))
        self._show(chat, message, body, at)
        value = messages_value(number, chat, message, contacts=kind != "system")
        return Change(number=number, field="messages", value=value, chat=chat.id, message_ids=(message_id,))

    def echo(self, number: Number, chat: Chat, text: str, now: float) -> Change:
        """The owner wrote to the person in the WhatsApp Business app; the API is told of it."""
        person = chat.facts.get("phone") or chat.id
        message_id = wamid(person, inbound=False)
        chat.post(ChatMessage(message_id, "out", "text", text, now, "delivered", "whatsapp"))
        echo = {"from": number.digits, "to": person, "id": message_id, "timestamp": str(int(now)), "type": "text"}
        value: Node = {"messaging_product": "whatsapp", "metadata": metadata(number)}
        value["message_echoes"] = [{**echo, "text": {"body": text}}]
        return Change(number=number, field="smb_message_echoes", value=value, chat=chat.id, message_ids=(message_id,))

    def _content(self, number: Number, kind: str, body: Node, now: float) -> Node:
        if isinstance(body.get("node"), dict | list):
            return {"type": kind, kind: body["node"]}
        if kind == "text":
            return {"type": "text", "text": {"body": _text(body, "text")}}
        if kind in MEDIA_TYPES or kind == "voice":
            return self._media_content(number, kind, body, now)
        if kind in CONTENT:
            return CONTENT[kind](body)
        raise ControlError(f'type {kind!r} needs its payload under "node"')

    def _media_content(self, number: Number, kind: str, body: Node, now: float) -> Node:
        given = body.get("media")
        if not isinstance(given, dict) or not isinstance(given.get("mime_type"), str):
            raise ControlError('media must be {"mime_type", "base64", "name"?}')
        try:
            content = base64.b64decode(str(given.get("base64", "")), validate=True)
        except binascii.Error:
            raise ControlError("media.base64 is not base64") from None
        name = str(given.get("name") or "")
        media = self._media.add(number.id, content, given["mime_type"], name, now)
        node = media.node()
        if body.get("text"):
            node["caption"] = body["text"]
        if kind == "document":
            node["filename"] = name or "document"
        if kind in {"audio", "voice"}:
            node["voice"] = kind == "voice"
        if kind == "sticker":
            node["animated"] = False
        shown = "audio" if kind == "voice" else kind
        return {"type": shown, shown: node}

    def _show(self, chat: Chat, message: Node, body: Node, now: float) -> None:
        """Put it on the person's phone as well."""
        kind = message["type"]
        if kind in {"edit", "revoke", "reaction"}:
            _change_shown(chat, message)
            return
        shown = ChatMessage(
            id=message["id"],
            direction="in",
            type=kind,
            text=str(body.get("text") or body.get("title") or ""),
            at=now,
            status="pending",
            format="whatsapp",
            reply_to=body.get("reply_to"),
        )
        if kind in MEDIA_TYPES and isinstance(message[kind], dict) and "mime_type" in message[kind]:
            node = message[kind]
            shown.extra["media"] = {"id": node.get("id"), "mime_type": node["mime_type"], "name": node.get("filename")}
            found = self._media.find(str(node.get("id")), now)
            shown.extra["media"] |= {"size": len(found.content)} if found is not None else {}
        if kind == "audio" and isinstance(message[kind], dict) and message[kind].get("voice"):
            shown.extra["voice"] = True
        if kind == "location":
            shown.extra["location"] = message[kind]
        if kind == "contacts" and isinstance(message[kind], list):
            shown.extra["contacts"] = [shown_card(card) for card in message[kind] if isinstance(card, dict)]
        if body.get("forwarded"):
            shown.extra["forwarded"] = True
        chat.post(shown)


def _change_shown(chat: Chat, message: Node) -> None:
    kind, node = message["type"], message[message["type"]]
    target = chat.messages.get(str(node.get("message_id") or node.get("original_message_id")))
    if target is None:
        return
    if kind == "revoke":
        chat.remove(target.id)
    elif kind == "reaction":
        target.extra["reaction"] = node.get("emoji") or None
        chat.post(target)
    else:
        target.text = str(node.get("message", {}).get("text", {}).get("body", ""))
        target.extra["edited"] = True
        chat.post(target)


def shown_card(card: Node) -> Node:
    """A contact card as the phone shows it."""
    phones = card.get("phones") or [{}]
    return {"name": card.get("name", {}).get("formatted_name", ""), "phone": phones[0].get("phone", "")}


def _hours(body: Node, name: str) -> float:
    hours = body.get(name, 0)
    if isinstance(hours, bool) or not isinstance(hours, int | float) or not 0 <= hours <= 168:
        raise ControlError(f"{name} must be between 0 and 168 hours, for so long the service tries to deliver")
    return float(hours)


def _text(body: Node, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise ControlError(f"{name} must be a string that is not empty")
    return value


def _reply(body: Node) -> Node:
    kind = body["type"]
    reply = {name: _text(body, name) for name in ("id", "title")}
    reply |= {"description": body["description"]} if kind == "list_reply" and body.get("description") else {}
    return {"type": "interactive", "interactive": {"type": kind, kind: reply}}


def _button(body: Node) -> Node:
    return {"type": "button", "button": {"payload": _text(body, "payload"), "text": _text(body, "text")}}


def _location(body: Node) -> Node:
    names = ("latitude", "longitude", "name", "address")
    return {"type": "location", "location": {name: body[name] for name in names if name in body}}


def _reaction(body: Node) -> Node:
    return {"type": "reaction", "reaction": {"message_id": _text(body, "target"), "emoji": body.get("emoji", "")}}


def _edit(body: Node) -> Node:
    edited = {"type": "text", "text": {"body": _text(body, "text")}}
    return {"type": "edit", "edit": {"original_message_id": _text(body, "target"), "message": edited}}


def _revoke(body: Node) -> Node:
    return {"type": "revoke", "revoke": {"original_message_id": _text(body, "target")}}


def _unsupported(body: Node) -> Node:
    error = {"code": 131051, "title": "Message type unknown", "message": "Message type unknown"}
    return {"type": body["type"], "errors": [{**error, "error_data": {"details": "Message type is not supported."}}]}


CONTENT: dict[str, Callable[[Node], Node]] = {
    "button_reply": _reply,
    "list_reply": _reply,
    "button": _button,
    "location": _location,
    "reaction": _reaction,
    "edit": _edit,
    "revoke": _revoke,
    "unsupported": _unsupported,
    "unknown": _unsupported,
}
