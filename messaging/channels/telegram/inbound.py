"""A message that a person sent or edited, from python-telegram-bot's Message."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import telegram
from telegram.constants import ChatType, MessageEntityType

from messaging.channels.base import ChatKind, Event, InboundMessage, Sender, Unhandled
from messaging.channels.door import (
    LONGEST_ID,
    LONGEST_QUOTE,
    NotAsDocumentedError,
    id_of,
    reason,
    text_of,
    time_of,
)
from messaging.channels.telegram.files import files_of
from messaging.channels.telegram.words import kind_and_words

FIELD = re.compile(r"[a-z_]{1,40}")
_CHAT_KINDS: Mapping[str, ChatKind] = {
    ChatType.PRIVATE: "private",
    ChatType.GROUP: "group",
    ChatType.SUPERGROUP: "group",
}
_ENVELOPE = {"message_id", "from", "chat", "date", "message_thread_id", "via_bot", "reply_markup"}
_USERNAME = re.compile(r"[a-z0-9_]{1,64}", re.ASCII)
_MOST_MENTIONS = 50
_NAMING = (MessageEntityType.MENTION, MessageEntityType.BOT_COMMAND)


def message_of(update_id: object, message: telegram.Message, node: Mapping[str, Any]) -> Event:
    user, chat_kind = message.from_user, chat_kind_of(message.chat)
    if user is None or chat_kind is None or message.sender_chat is not None:  # a chat that speaks has a made-up user
        return Unhandled(reason="message that no person wrote in a chat")
    if user.is_bot:  # two assistants would answer each other for ever
        return Unhandled(reason="message from a bot")
    content = kind_and_words(message)
    if content is None:
        fields = sorted(name for name in node if FIELD.fullmatch(name) and name not in _ENVELOPE)
        return Unhandled(reason=reason(f"message with {', '.join(fields) or 'nothing'}"))
    kind, text = content
    chat_id, message_id = number_of(message.chat.id, "chat id"), number_of(message.message_id, "message id")
    edited = node.get("edit_date")
    edit_date = number_of(edited, "edit date") if edited is not None else ""
    original = _original(message)
    author = original.from_user if original else None
    return InboundMessage(
        key=f"{number_of(update_id, 'update id')}:{chat_id}:{message_id}:{edit_date}",
        message_id=message_id,
        chat_id=chat_id,
        chat_kind=chat_kind,
        sender=sender_of(user),
        sent_at=time_of(node.get("date"), "date"),
        kind=kind,
        text=text,
        reply_to=number_of(original.message_id, "reply id") if original else None,
        quoted=_quoted(message, original),
        forwarded=message.forward_origin is not None,
        media=files_of(node, kind),
        mentions=_mentions(message),
        replies_to_bot=author is not None and author.is_bot is True,
        reply_to_sender=number_of(author.id, "reply sender id") if author else "",
    )


def edit_of(update_id: object, message: telegram.Message, node: Mapping[str, Any]) -> Event:
    """The message as it is now; a live location moves every few seconds, and asks for nothing by that."""
    event = message_of(update_id, message, node)
    if not isinstance(event, InboundMessage):
        return event
    kind = event.kind if event.kind == "unsupported" else "edit"
    return replace(event, kind=kind, reply_to=event.message_id, quoted="", wakes=event.kind != "location")


def chat_kind_of(chat: telegram.Chat) -> ChatKind | None:
    """None for a channel, in which no person writes."""
    return _CHAT_KINDS.get(text_of(chat.type))


def sender_of(user: telegram.User) -> Sender:
    names = (text_of(user.first_name), text_of(user.last_name))
    return Sender(
        address=number_of(user.id, "sender id"),
        name=" ".join(name for name in names if name)[:LONGEST_ID],
        username=text_of(user.username, LONGEST_ID),
        language=text_of(user.language_code, 35),
    )


def number_of(value: object, where: str) -> str:
    """An id as Telegram has them; id_of also takes strings, which these never are."""
    if not isinstance(value, int):
        raise NotAsDocumentedError(f"{where} is not a number")
    return id_of(value, where)


def _original(message: telegram.Message) -> telegram.Message | None:
    original = message.reply_to_message
    if original is None or original.forum_topic_created is not None:  # every message of a topic "replies" to its start
        return None
    return original


def _quoted(message: telegram.Message, original: telegram.Message | None) -> str:
    """The words that it answers: the part that was picked out of them, else all of them."""
    if message.quote is not None and text_of(message.quote.text):
        return text_of(message.quote.text, LONGEST_QUOTE)
    answered = original or message.external_reply
    try:
        content = kind_and_words(answered) if answered else None
    except NotAsDocumentedError:
        return ""
    return content[1][:LONGEST_QUOTE] if content else ""


def _mentions(message: telegram.Message) -> Sequence[str]:
    """Names as in "@acme_bot" and "/help@acme_bot", in lower case; people may be named without a username."""
    text = message.text if message.text is not None else message.caption
    if not isinstance(text, str):
        return ()
    entities = message.entities or message.caption_entities
    names = (name.lower() for entity in entities for name in _named(entity, text))
    return tuple(dict.fromkeys(name for name in names if _USERNAME.fullmatch(name)))[:_MOST_MENTIONS]


def _named(entity: telegram.MessageEntity, text: str) -> Iterator[str]:
    if entity.type == MessageEntityType.TEXT_MENTION and entity.user is not None:
        yield text_of(entity.user.username)
    offset, length = entity.offset, entity.length
    if entity.type in _NAMING and isinstance(offset, int) and isinstance(length, int) and min(offset, length) >= 0:
        units = text.encode("utf-16-le", "surrogatepass")[2 * offset : 2 * (offset + length)]  # as Telegram counts
        yield units.decode("utf-16-le", "replace").partition("@")[2]
