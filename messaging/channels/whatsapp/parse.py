"""A webhook body of the WhatsApp Business account object as entries, one for each change.

A part that is not as documented becomes `Unhandled` and takes nothing else with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from messaging.channels.base import (
    DeliveryState,
    Entry,
    Event,
    InboundMessage,
    MalformedBody,
    Sender,
    StatusUpdate,
    Unhandled,
)
from messaging.channels.door import (
    LONGEST_ID,
    NotAsDocumentedError,
    decode,
    encode,
    id_of,
    list_of,
    object_of,
    reason,
    text_of,
    time_of,
    uuid_of,
)
from messaging.channels.whatsapp.errors import code_of, flags_of, summary_of
from messaging.channels.whatsapp.words import KINDS, contacts_words, words_of

OBJECT = "whatsapp_business_account"
USER_ID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[0-9A-Za-z]{1,128}", re.ASCII)
_STATES: Mapping[str, DeliveryState] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "read",  # a voice note that was listened to
    "failed": "failed",
}
_LONGEST_ERROR = 500
_OF_ALL = ("messaging_product", "metadata")  # what all parts of a change's value share

Node = Mapping[str, Any]


def parse_body(body: bytes) -> list[Entry]:
    """The entries of a body; raises MalformedBody where it is not JSON or has no entries."""
    document = decode(body)
    if not isinstance(document, dict) or not isinstance(document.get("entry"), list) or not document["entry"]:
        raise MalformedBody("no entries")
    parts = [part for entry in document["entry"] for part in _parts(entry)]
    return [_entry(document, entry, change, body if len(parts) == 1 else None) for entry, change in parts]


def _entry(document: Node, entry: object, change: object, body: bytes | None) -> Entry:
    found = _events(document.get("object"), change)

    def encoded(value: object) -> bytes:
        return encode({**document, "entry": [_with_change(entry, value)]})

    raw = encoded(change) if body is None else body
    pieces = (raw if isinstance(event, Unhandled) else encoded(_with_value(change, part)) for event, part in found)
    return Entry(
        account_keys=_account_keys(entry, change),
        events=tuple(event for event, _ in found),
        raw=raw,
        pieces=tuple(pieces) if len(found) > 1 else (),
    )


def _parts(entry: object) -> Iterator[tuple[object, object]]:
    changes = entry.get("changes") if isinstance(entry, dict) else None
    if isinstance(changes, list) and changes:
        yield from ((entry, change) for change in changes)
    else:
        yield entry, None


def _with_change(entry: object, change: object) -> object:
    return {**entry, "changes": [change]} if isinstance(entry, dict) and change is not None else entry


def _with_value(change: object, part: Node) -> object:
    """The change with that one part of its lists."""
    if not isinstance(change, dict) or not isinstance(change.get("value"), dict):
        return change
    kept = {name: change["value"][name] for name in _OF_ALL if name in change["value"]}
    return {**change, "value": {**kept, **part}}


def _account_keys(entry: object, change: object) -> tuple[str, ...]:
    """The phone number id; the WABA id only where the part names no number.

    A number that is not here must not become another of its business account: its messages would be answered from
    there, or reach whoever typed the same WABA id.
    """
    value = change.get("value") if isinstance(change, dict) else None
    metadata = value.get("metadata") if isinstance(value, dict) else None
    named = (
        metadata.get("phone_number_id") if isinstance(metadata, dict) else None,
        entry.get("id") if isinstance(entry, dict) else None,
    )
    for key in named:
        try:
            return (id_of(key, "account"),)
        except NotAsDocumentedError:
            continue
    return ()


def _events(kind: object, change: object) -> list[tuple[Event, Node]]:
    """Each event with the part of the change's value that it was read from."""
    if kind != OBJECT:
        return [(Unhandled(reason=reason(f"object {text_of(kind) or 'missing'}")), {})]
    try:
        node = object_of(change, "change")
        name = text_of(node.get("field")) or "missing"
        if name != "messages":
            return [(Unhandled(reason=reason(f"field {name}")), {})]
        return _message_events(object_of(node.get("value"), "value")) or [(Unhandled(reason="empty change"), {})]
    except NotAsDocumentedError as error:
        return [(Unhandled(reason=reason(str(error))), {})]


def _message_events(value: Node) -> list[tuple[Event, Node]]:
    contacts = _contacts(value.get("contacts"))
    found = [
        *_each(value, "messages", lambda node: _message(node, contacts)),
        *_each(value, "statuses", _status),
        *_each(value, "errors", lambda node: Unhandled(reason=reason(f"error {code_of(node)}: {summary_of(node)}"))),
    ]
    return [(event, _with_contact(part, contacts)) for event, part in found]


def _each(value: Node, name: str, read: Callable[[Node], Event]) -> Iterator[tuple[Event, Node]]:
    try:
        nodes = list_of(value.get(name), name)
    except NotAsDocumentedError as error:
        yield Unhandled(reason=reason(str(error))), {name: value.get(name)}
        return
    for node in nodes:
        try:
            yield read(object_of(node, f"{name}[]")), {name: [node]}
        except NotAsDocumentedError as error:
            yield Unhandled(reason=reason(str(error))), {name: [node]}


def _with_contact(part: Node, contacts: list[Node]) -> Node:
    """A message's part with its sender's contact, and no other's."""
    node = part["messages"][0] if isinstance(part.get("messages"), list) else None
    if not isinstance(node, dict):
        return part
    contact = _contact_of(_phone(node.get("from")), _user_id(node.get("from_user_id")), contacts)
    return {**part, "contacts": [contact]} if contact else part


def _contacts(value: object) -> list[Node]:
    """Who the senders are; only names hang on it, so what cannot be read is left out."""
    return [node for node in value if isinstance(node, dict)] if isinstance(value, list) else []


def _message(node: Node, contacts: list[Node]) -> Event:
    kind = text_of(node.get("type"))
    if kind not in KINDS and kind != "contacts":
        return Unhandled(reason=reason(f"message type {kind or 'missing'}"))
    if kind == "interactive" and kind not in node:
        return Unhandled(reason="interactive without content")
    message_id = id_of(node.get("id"), "message id")
    sender = _sender(node, contacts)
    context = node.get("context")
    context = context if isinstance(context, dict) else {}
    text = contacts_words(list_of(node.get(kind), kind)) if kind == "contacts" else words_of(node, kind)
    return InboundMessage(
        key=message_id,
        message_id=message_id,
        chat_id=sender.address,
        chat_kind="private",
        sender=sender,
        sent_at=time_of(node.get("timestamp"), "timestamp"),
        kind=kind,
        text=text,
        reply_to=text_of(context.get("id"), LONGEST_ID) or None,
        forwarded=context.get("forwarded") is True or context.get("frequently_forwarded") is True,
    )


def _sender(node: Node, contacts: list[Node]) -> Sender:
    """The sender by user id where there is one, else by phone number; either may be missing (2026)."""
    phone, user_id = _phone(node.get("from")), _user_id(node.get("from_user_id"))
    contact = _contact_of(phone, user_id, contacts)
    phone = phone or _phone(contact.get("wa_id"))
    user_id = user_id or _user_id(contact.get("user_id"))
    if not (user_id or phone):
        raise NotAsDocumentedError("message has no sender")
    profile = contact.get("profile")
    profile = profile if isinstance(profile, dict) else {}
    return Sender(
        address=user_id or phone,
        name=text_of(profile.get("name"), LONGEST_ID),
        username=text_of(profile.get("username"), LONGEST_ID),
        phone=phone,
    )


def _contact_of(phone: str, user_id: str, contacts: list[Node]) -> Node:
    for contact in contacts:
        if (user_id and contact.get("user_id") == user_id) or (phone and contact.get("wa_id") == phone):
            return contact
    # Another sender's contact must never lend its identity; only where the message names nobody is there no doubt.
    return contacts[0] if len(contacts) == 1 and not (phone or user_id) else {}


def _phone(value: object) -> str:
    return value if isinstance(value, str) and re.fullmatch(r"[0-9]{1,20}", value, re.ASCII) else ""


def _user_id(value: object) -> str:
    return value if isinstance(value, str) and USER_ID.fullmatch(value) else ""


def _status(node: Node) -> Event:
    state = _STATES.get(text_of(node.get("status")))
    if state is None:
        return Unhandled(reason=reason(f"status {text_of(node.get('status')) or 'missing'}"))
    errors = node.get("errors")
    error: Node = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    code = code_of(error)
    flags = flags_of(code, 200) if state == "failed" else {}
    return StatusUpdate(
        external_id=id_of(node.get("id"), "status id"),
        state=state,
        at=time_of(node.get("timestamp"), "timestamp"),
        delivery_id=uuid_of(node.get("biz_opaque_callback_data")),
        error_code=str(code) if code is not None and abs(code) < 10**12 else "",
        error_text=summary_of(error)[:_LONGEST_ERROR],
        unreachable=flags.get("unreachable", False),
        window_closed=flags.get("window_closed", False),
    )
