"""A webhook body of the Bot API, which is one Update, as one entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import telegram

from messaging.channels.base import Entry, Event, MalformedBody, Unhandled
from messaging.channels.door import NotAsDocumentedError, decode, reason
from messaging.channels.telegram.acts import address_change_of, choice_of, migration_of, reaction_of
from messaging.channels.telegram.inbound import FIELD, edit_of, message_of

# What people write to an account that the bot is connected to is meant for its owner, not for us.
_OF_OTHERS = {"business_connection", "business_message", "edited_business_message", "deleted_business_messages"}
_CORE = ("message_id", "from", "chat", "date", "edit_date", "sender_chat")
_ANSWERED = ("message_id", "from", "chat", "date", "text", "caption")
_CONTENT = (
    *("text", "photo", "voice", "audio", "video", "animation", "document", "video_note", "sticker"),
    *("venue", "location", "contact"),
)


class _UnreadableError(ValueError):
    """Something in an update is not as documented, or newer than the library; the message is the reason to be shown."""


def parse_body(body: bytes) -> list[Entry]:
    """The entry of a body; raises MalformedBody where it is not a JSON object."""
    document = decode(body)
    if not isinstance(document, dict):
        raise MalformedBody("not an update")
    return [Entry(account_keys=(), events=(_event(document),), raw=body)]


def _event(document: dict[str, Any]) -> Event:
    kind = _kind(document)
    if kind in _OF_OTHERS:
        return Unhandled(reason=f"{kind}: belongs to an account that the bot is connected to, and is not acted on")
    try:
        return _try(document)
    except _UnreadableError as error:
        for core in _cores(document):
            try:
                return _try(core)
            except _UnreadableError:
                continue
        return Unhandled(reason=str(error))


def _kind(document: Mapping[str, Any]) -> str:
    """Which kind of update it is, also one that is newer than the library; the field's name, never its content."""
    return next((name for name in document if name != "update_id" and FIELD.fullmatch(name)), "")


def _name(document: Mapping[str, Any]) -> str:
    kind = _kind(document)
    return f"update {kind}" if kind else "update without a kind"


def _try(document: dict[str, Any]) -> Event:
    try:
        return _read(telegram.Update.de_json(document, None), document)
    except NotAsDocumentedError as error:
        raise _UnreadableError(reason(str(error))) from None
    except Exception as error:  # noqa: BLE001 - the library raises whatever its constructors meet; all of it is kept and shown
        raise _UnreadableError(reason(f"{_name(document)} cannot be read: {type(error).__name__}")) from None


def _read(update: telegram.Update, document: Mapping[str, Any]) -> Event:
    if update.message is not None:
        moved = migration_of(update.message)
        return moved or message_of(update.update_id, update.message, document["message"])
    if update.edited_message is not None:
        return edit_of(update.update_id, update.edited_message, document["edited_message"])
    if update.callback_query is not None:
        return choice_of(update.callback_query, document["callback_query"])
    if update.message_reaction is not None:
        return reaction_of(update.update_id, update.message_reaction, document["message_reaction"])
    if update.my_chat_member is not None:
        return address_change_of(update.my_chat_member)
    return Unhandled(reason=_name(document))


def _cores(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The update with less and less of what stands beside the content: none of that must cost somebody an answer."""
    for kind in ("message", "edited_message"):
        node = document.get(kind)
        content = next((name for name in _CONTENT if name in node), None) if isinstance(node, dict) else None
        if not isinstance(node, dict) or content is None:
            continue
        core = _only(node, (*_CORE, content, "caption"))
        named = core | {name: _entities(node[name]) for name in ("entities", "caption_entities") if name in node}
        answered = node.get("reply_to_message")
        if isinstance(answered, dict):
            yield {
                "update_id": document.get("update_id"),
                kind: named | {"reply_to_message": _only(answered, _ANSWERED)},
            }
        yield {"update_id": document.get("update_id"), kind: named}
    query = document.get("callback_query")
    message = query.get("message") if isinstance(query, dict) else None
    if isinstance(query, dict) and isinstance(message, dict):
        core = _only(query, ("id", "from", "chat_instance", "data")) | {"message": _only(message, _ANSWERED)}
        yield {"update_id": document.get("update_id"), "callback_query": core}


def _only(node: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: node[name] for name in names if name in node}


def _entities(given: object) -> list[dict[str, Any]]:
    """Those of a message's entities that can be read, without what else is in them."""
    nodes = [node for node in given if isinstance(node, dict)] if isinstance(given, list) else []
    names = ("type", "offset", "length")
    return [_only(node, names) for node in nodes if all(name in node for name in names)]
