"""A webhook body of the Bot API, which is one Update, as one entry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import telegram
from telegram.constants import ChatMemberStatus, ChatType

from messaging.channels.base import (
    AddressChange,
    ChatKind,
    Entry,
    Event,
    InboundMessage,
    MalformedBody,
    Sender,
    Unhandled,
)
from messaging.channels.door import LONGEST_ID, NotAsDocumentedError, decode, id_of, reason, text_of, time_of
from messaging.channels.telegram.words import kind_and_words

_CHAT_KINDS: Mapping[str, ChatKind] = {
    ChatType.PRIVATE: "private",
    ChatType.GROUP: "group",
    ChatType.SUPERGROUP: "group",
}
_PRESENT = {ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER}
_ABSENT = {ChatMemberStatus.LEFT, ChatMemberStatus.BANNED}
_CORE = ("message_id", "from", "chat", "date", "text")
_FIELD = re.compile(r"[a-z_]{1,40}")


def parse_body(body: bytes) -> list[Entry]:
    """The entry of a body; raises MalformedBody where it is not a JSON object."""
    document = decode(body)
    if not isinstance(document, dict):
        raise MalformedBody("not an update")
    return [Entry(account_keys=(), events=(_event(document),), raw=body)]


def _event(document: dict[str, Any]) -> Event:
    event = _try(document)
    if isinstance(event, Unhandled) and (core := _core(document)) is not None:
        again = _try(core)
        return event if isinstance(again, Unhandled) else again
    return event


def _core(document: Mapping[str, Any]) -> dict[str, Any] | None:
    """Of a text message what an answer needs: something beside it that the library cannot read must not cost it."""
    message = document.get("message")
    if not isinstance(message, dict) or "text" not in message:
        return None
    return {"update_id": document.get("update_id"), "message": {name: message.get(name) for name in _CORE}}


def _try(document: dict[str, Any]) -> Event:
    try:
        return _read(telegram.Update.de_json(document, None), document)
    except NotAsDocumentedError as error:
        return Unhandled(reason=reason(str(error)))
    except Exception as error:  # noqa: BLE001 - the library raises whatever its constructors meet; all of it is kept and shown
        return Unhandled(reason=reason(f"{_kind(document)} cannot be read: {type(error).__name__}"))


def _read(update: telegram.Update, document: Mapping[str, Any]) -> Event:
    if update.message is not None:
        return _message(update.update_id, update.message, document["message"])
    if update.my_chat_member is not None:
        return _address_change(update.my_chat_member)
    return Unhandled(reason=reason(_kind(document)))


def _kind(document: Mapping[str, Any]) -> str:
    """Which kind of update it is, also one that is newer than the library; the field's name, never its content."""
    fields = [name for name in document if name != "update_id" and _FIELD.fullmatch(name)]
    return f"update {fields[0]}" if fields else "update without a kind"


def _message(update_id: object, message: telegram.Message, node: Mapping[str, Any]) -> Event:
    user, chat_kind = message.from_user, _CHAT_KINDS.get(text_of(message.chat.type))
    if user is None or chat_kind is None:
        return Unhandled(reason="message that no person wrote in a chat")
    if user.is_bot:  # two assistants would answer each other for ever
        return Unhandled(reason="message from a bot")
    content = kind_and_words(message)
    if content is None:
        fields = sorted(name for name in node if _FIELD.fullmatch(name) and name not in _ENVELOPE)
        return Unhandled(reason=reason(f"message with {', '.join(fields) or 'nothing'}"))
    kind, text = content
    chat_id, message_id = _number(message.chat.id, "chat id"), _number(message.message_id, "message id")
    edited = node.get("edit_date")
    edit_date = _number(edited, "edit date") if edited is not None else ""
    return InboundMessage(
        key=f"{_number(update_id, 'update id')}:{chat_id}:{message_id}:{edit_date}",
        message_id=message_id,
        chat_id=chat_id,
        chat_kind=chat_kind,
        sender=_sender(user),
        sent_at=time_of(node.get("date"), "date"),
        kind=kind,
        text=text,
        reply_to=_reply_to(message),
        forwarded=message.forward_origin is not None,
    )


_ENVELOPE = {"message_id", "from", "chat", "date", "sender_chat", "message_thread_id", "via_bot", "reply_markup"}


def _sender(user: telegram.User) -> Sender:
    names = (text_of(user.first_name), text_of(user.last_name))
    return Sender(
        address=_number(user.id, "sender id"),
        name=" ".join(name for name in names if name)[:LONGEST_ID],
        username=text_of(user.username, LONGEST_ID),
        language=text_of(user.language_code, 35),
    )


def _number(value: object, where: str) -> str:
    """An id as Telegram has them; id_of also takes strings, which these never are."""
    if not isinstance(value, int):
        raise NotAsDocumentedError(f"{where} is not a number")
    return id_of(value, where)


def _reply_to(message: telegram.Message) -> str | None:
    original = message.reply_to_message
    if original is None or original.forum_topic_created is not None:  # every message of a topic "replies" to its start
        return None
    return _number(original.message_id, "reply id")


def _address_change(change: telegram.ChatMemberUpdated) -> Event:
    member = change.new_chat_member
    if member.status in _PRESENT:
        reachable = True
    elif member.status in _ABSENT:
        reachable = False
    elif isinstance(member, telegram.ChatMemberRestricted):
        reachable = bool(member.is_member and member.can_send_messages)
    else:
        return Unhandled(reason="my_chat_member with an unknown status")
    return AddressChange(address=_number(change.chat.id, "chat id"), reachable=reachable)
