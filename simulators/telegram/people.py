"""What people do in Telegram, as the updates that tell of it."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulators.common import ControlError
from simulators.messenger import Chat, ChatMessage
from simulators.telegram.bots import Bot
from simulators.telegram.conversations import Conversations, Payload, is_group, payload_of
from simulators.telegram.entities import Entity, as_html, written_entities
from simulators.telegram.files import FileStore, media_node
from simulators.telegram.messages import Messages
from simulators.telegram.methods import MEDIA

SHOWN_OF_USER = ("id", "first_name", "last_name", "username", "language_code")


@dataclass(frozen=True)
class Happening:
    """One update to be; the ids of the person's messages in it."""

    chat: Chat
    kind: str
    content: Payload
    message_ids: tuple[str, ...] = ()


class People:
    def __init__(self, conversations: Conversations, files: FileStore, messages: Messages) -> None:
        self._conversations, self._files, self._messages = conversations, files, messages
        self._acts: dict[str, Callable[[Bot, Chat, Payload, Payload], list[Happening]]] = {
            "edit": self._edit,
            "delete": self._delete,
            "callback": self._press,
            "reaction": self._react,
            "block": self._block,
            "unblock": self._unblock,
            "deactivate": self._deactivate,
            "join": self._add_bot,
            "kick": self._remove_bot,
            "migrate": self._migrate,
        }

    def act(self, bot: Bot, body: Payload) -> list[Happening]:
        """What a control body has a person do; raises ControlError."""
        user = _user(body.get("from"))
        chat = self._chat(bot, body, user)
        self._conversations.seen.add(user["id"])
        kind = body.get("type", "text")
        if kind in self._acts:
            return self._acts[kind](bot, chat, user, body)
        return self._write(bot, chat, user, body)

    def _chat(self, bot: Bot, body: Payload, user: Payload) -> Chat:
        given = body.get("chat")
        if given is None:
            chat = self._conversations.chats.open(bot.key, str(user["id"]))
            names = ("id", "first_name", "last_name", "username")
            chat.facts["chat"] = {**{name: user[name] for name in names if name in user}, "type": "private"}
            return chat
        if not isinstance(given, dict) or type(given.get("id")) is not int or given["id"] >= 0:
            raise ControlError('chat must be {"id": a negative number, "type": "group" | "supergroup", "title"}')
        chat = self._conversations.chats.open(bot.key, str(given["id"]))
        known = chat.facts.get("chat", {"type": "group", "title": "Group"})
        shown = {name: given[name] for name in ("id", "type", "title", "username") if name in given}
        chat.facts["chat"] = {**known, **shown}
        return chat

    def _write(self, bot: Bot, chat: Chat, user: Payload, body: Payload) -> list[Happening]:
        now, kind = self._conversations.clock.now(), body.get("type", "text")
        message_id = self._conversations.next_id(chat)
        payload: Payload = {"message_id": message_id, "from": user, "chat": chat.facts["chat"], "date": int(now)}
        content = self._content(kind, body)
        replied = chat.messages.get(str(body.get("reply_to", "")))
        if replied is not None:
            payload["reply_to_message"] = payload_of(replied)
        for name in ("media_group_id", "forward_origin", "quote", "message_thread_id"):
            if name in body:
                payload[name] = body[name]
        payload |= content
        entities: list[Entity] = content.get("entities") or content.get("caption_entities") or []
        text = str(content.get("text", content.get("caption", "")))
        shown = ChatMessage(
            id=str(message_id),
            direction="in",
            type="text" if kind == "start" else kind,
            text=text,
            at=now,
            status="pending",
            html=as_html(text, entities),
            reply_to=replied.id if replied is not None else None,
            private={"payload": payload},
        )
        shown.extra = _extras(kind, payload, body)
        chat.post(shown)
        happenings = self._unblock(bot, chat, user, body) if chat.facts.get("blocked") else []
        if is_group(chat) and bot.privacy and not _addresses(bot, text, entities, replied):
            return happenings
        return [*happenings, Happening(chat, "message", payload, (shown.id,))]

    def _content(self, kind: str, body: Payload) -> Payload:
        if "node" in body:
            return {kind: body["node"], **_text_fields(body, "caption", required=False)}
        if kind == "text":
            return _text_fields(body, "text")
        if kind == "start":
            return _text_fields({"text": f"/start {body.get('payload', '')}".strip()}, "text")
        if kind in MEDIA:
            return {kind: self._media(kind, body.get("media")), **_text_fields(body, "caption", required=False)}
        if kind == "location":
            return {"location": {name: float(body[name]) for name in ("latitude", "longitude")}}
        raise ControlError(f'type {kind!r} needs its content under "node"')

    def _media(self, kind: str, given: object) -> Any:
        if not isinstance(given, dict) or not isinstance(given.get("mime_type"), str):
            raise ControlError('media must be {"mime_type", "base64", "name"?, "size"?}')
        try:
            content = base64.b64decode(str(given.get("base64", "")), validate=True)
        except binascii.Error:
            raise ControlError("media.base64 is not base64") from None
        name, size = str(given.get("name") or ""), given.get("size")
        size = size if type(size) is int else None
        return media_node(kind, self._files.add(kind, content, name, given["mime_type"], size=size))

    def _edit(self, _bot: Bot, chat: Chat, _user: Payload, body: Payload) -> list[Happening]:
        message = self._message(chat, body)
        payload = payload_of(message) or {}
        edited = {name: value for name, value in payload.items() if name != "entities"}
        edited |= {**_text_fields(body, "text"), "edit_date": int(self._conversations.clock.now())}
        message.text, message.private["payload"] = edited["text"], edited
        message.html, message.extra["edited"] = as_html(message.text, edited.get("entities", [])), True
        chat.post(message)
        return [Happening(chat, "edited_message", edited, (message.id,))]

    def _delete(self, _bot: Bot, chat: Chat, _user: Payload, body: Payload) -> list[Happening]:
        """Bots are not told of it."""
        chat.remove(self._message(chat, body).id)
        return []

    def _press(self, bot: Bot, chat: Chat, user: Payload, body: Payload) -> list[Happening]:
        query_id = str(secrets.randbelow(10**18) + 10**18)
        self._messages.queries[query_id] = (bot.id, self._conversations.clock.now())
        content = {"id": query_id, "from": user, "message": payload_of(self._message(chat, body))}
        content |= {"chat_instance": str(secrets.randbelow(10**18)), "data": str(body.get("data", ""))}
        return [Happening(chat, "callback_query", content)]

    def _react(self, _bot: Bot, chat: Chat, user: Payload, body: Payload) -> list[Happening]:
        message, emoji = self._message(chat, body), body.get("emoji") or None
        before = message.extra.get("reaction")
        message.extra["reaction"] = emoji
        chat.post(message)
        content = {"chat": chat.facts["chat"], "message_id": int(message.id), "user": user}
        content |= {"date": int(self._conversations.clock.now())}
        for name, shown in (("old_reaction", before), ("new_reaction", emoji)):
            content[name] = [{"type": "emoji", "emoji": shown}] if shown else []
        return [Happening(chat, "message_reaction", content)]

    def _block(self, bot: Bot, chat: Chat, user: Payload, _body: Payload) -> list[Happening]:
        chat.facts["blocked"] = True
        return [self._membership(bot, chat, user, "member", "kicked")]

    def _unblock(self, bot: Bot, chat: Chat, user: Payload, _body: Payload) -> list[Happening]:
        chat.facts["blocked"] = False
        return [self._membership(bot, chat, user, "kicked", "member")]

    def _deactivate(self, _bot: Bot, chat: Chat, _user: Payload, _body: Payload) -> list[Happening]:
        chat.facts["deactivated"] = True
        return []

    def _add_bot(self, bot: Bot, chat: Chat, user: Payload, _body: Payload) -> list[Happening]:
        chat.facts["kicked"] = False
        return [self._membership(bot, chat, user, "left", "member")]

    def _remove_bot(self, bot: Bot, chat: Chat, user: Payload, _body: Payload) -> list[Happening]:
        chat.facts["kicked"] = True
        return [self._membership(bot, chat, user, "member", "kicked")]

    def _membership(self, bot: Bot, chat: Chat, user: Payload, old: str, new: str) -> Happening:
        content: Payload = {"chat": chat.facts["chat"], "from": user, "date": int(self._conversations.clock.now())}
        for name, status in (("old_chat_member", old), ("new_chat_member", new)):
            content[name] = {"user": bot.as_user(), "status": status}
            if status == "kicked":
                content[name]["until_date"] = 0
        return Happening(chat, "my_chat_member", content)

    def _migrate(self, _bot: Bot, chat: Chat, user: Payload, body: Payload) -> list[Happening]:
        """A group becomes a supergroup: it gets a new id, and both chats are told."""
        new_id = body.get("to")
        if type(new_id) is not int or not is_group(chat):
            raise ControlError('migrate needs a group under "chat" and the new id under "to"')
        new = self._conversations.chats.move(chat, str(new_id))
        new.facts["chat"] = {**chat.facts["chat"], "id": new_id, "type": "supergroup"}
        new.facts["last_message_id"] = 0
        chat.facts["migrated_to"] = new_id
        now, told = int(self._conversations.clock.now()), []
        for place, content in ((chat, {"migrate_to_chat_id": new_id}), (new, {"migrate_from_chat_id": int(chat.id)})):
            message = {"message_id": self._conversations.next_id(place), "from": user, "chat": place.facts["chat"]}
            told.append(Happening(place, "message", {**message, "date": now, **content}))
        return told

    def _message(self, chat: Chat, body: Payload) -> ChatMessage:
        message = chat.messages.get(str(body.get("message_id")))
        if message is None:
            raise ControlError(f"no message {body.get('message_id')!r} in chat {chat.id}")
        return message


def _extras(kind: str, payload: Payload, body: Payload) -> Payload:
    """What the type adds for the phone."""
    extra: Payload = {"forwarded": True} if "forward_origin" in payload else {}
    if kind in MEDIA and isinstance(body.get("media"), dict):
        extra["media"] = _shown_file(payload[kind], body["media"])
    if kind == "location":
        extra["location"] = payload["location"]
    if kind == "contact":
        names = (payload["contact"].get(name) for name in ("first_name", "last_name"))
        extra["contacts"] = [{"name": " ".join(filter(None, names)), "phone": payload["contact"].get("phone_number")}]
    return extra


def _shown_file(node: Any, given: Payload) -> Payload:
    largest = node[-1] if isinstance(node, list) else node  # a photo comes in several sizes
    shown = {"id": largest["file_id"], "mime_type": given.get("mime_type"), "name": given.get("name")}
    return {**shown, "size": largest.get("file_size")}


def _user(given: object) -> Payload:
    if not isinstance(given, dict) or type(given.get("id")) is not int or given["id"] <= 0:
        raise ControlError('from must be {"id": a positive number, "first_name", "username"?, "language_code"?}')
    user = {name: given[name] for name in SHOWN_OF_USER if given.get(name) is not None}
    return {"first_name": "Somebody", **user, "is_bot": False}


def _text_fields(body: Payload, name: str, *, required: bool = True) -> Payload:
    """Text or caption with its entities: those given, else what Telegram finds by itself."""
    text = body.get("text")
    if not isinstance(text, str) or not text:
        if required:
            raise ControlError("text must be a string that is not empty")
        return {}
    entities = body.get("entities") or written_entities(text)
    entities_name = "entities" if name == "text" else "caption_entities"
    return {name: text, **({entities_name: entities} if entities else {})}


def _addresses(bot: Bot, text: str, entities: list[Entity], replied: ChatMessage | None) -> bool:
    """Whether a bot in privacy mode gets the group message: a command, a mention of it, or a reply to it."""
    if replied is not None and replied.direction == "out":
        return True
    encoded = text.encode("utf-16-le", "surrogatepass")
    for entity in entities:
        start, end = entity["offset"] * 2, (entity["offset"] + entity["length"]) * 2
        word = encoded[start:end].decode("utf-16-le", "replace").lower()
        if entity["type"] == "mention" and word == f"@{bot.username.lower()}":
            return True
        if entity["type"] == "bot_command" and word.partition("@")[2] in {"", bot.username.lower()}:
            return True
    return False
