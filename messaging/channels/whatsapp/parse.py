"""A webhook body of the WhatsApp Business account object as entries, one for each change.

A part that is not as documented becomes `Unhandled` and takes nothing else with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from messaging.channels.base import (
    DeliveryState,
    Entry,
    Event,
    MalformedBody,
    StatusUpdate,
    Unhandled,
)
from messaging.channels.door import (
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
from messaging.channels.whatsapp.errors import code_of, flags_of, summary_of, trouble_of
from messaging.channels.whatsapp.fields import NOTICES, echo, notice, preference
from messaging.channels.whatsapp.inbound import message
from messaging.channels.whatsapp.people import contact_of, contacts_of, phone_of, user_id_of

OBJECT = "whatsapp_business_account"
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
Found = tuple[Event, Node]  # an event, and the part of the change's value that it was read from


def parse_body(body: bytes) -> list[Entry]:
    """The entries of a body; raises MalformedBody where it is not JSON or has no entries."""
    document = decode(body)
    if not isinstance(document, dict) or not isinstance(document.get("entry"), list) or not document["entry"]:
        raise MalformedBody("no entries")
    parts = [part for entry in document["entry"] for part in _parts(entry)]
    return [_entry(document, entry, change, body if len(parts) == 1 else None) for entry, change in parts]


def _entry(document: Node, entry: object, change: object, body: bytes | None) -> Entry:
    found = _events(document.get("object"), change)

    def encoded(part: object) -> bytes:
        return encode({**document, "entry": [part]})

    raw = encoded(entry) if body is None else body
    pieces = (
        raw if isinstance(event, Unhandled) else encoded(_with_change(entry, _with_value(change, part)))
        for event, part in found
    )
    return Entry(
        account_keys=_account_keys(entry, change),
        events=tuple(event for event, _ in found),
        raw=raw,
        pieces=tuple(pieces) if len(found) > 1 else (),
    )


def _parts(entry: object) -> Iterator[tuple[object, object]]:
    """Each change with an entry of its own; None where there is none."""
    changes = entry.get("changes") if isinstance(entry, dict) else None
    if isinstance(changes, list) and changes:
        yield from ((_with_change(entry, change), change) for change in changes)
    else:
        yield entry, None


def _with_change(entry: object, change: object) -> object:
    return {**entry, "changes": [change]} if isinstance(entry, dict) else entry


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


def _events(kind: object, change: object) -> list[Found]:
    if kind != OBJECT:
        return [(Unhandled(reason=reason(f"object {text_of(kind) or 'missing'}")), {})]
    try:
        node = object_of(change, "change")
        name = text_of(node.get("field")) or "missing"
        if name in NOTICES:
            return [(notice(name, object_of(node.get("value"), "value")), {})]
        if name not in _FIELDS:
            return [(Unhandled(reason=reason(f"field {name}")), {})]
        return _FIELDS[name](object_of(node.get("value"), "value")) or [(Unhandled(reason="empty change"), {})]
    except NotAsDocumentedError as error:
        return [(Unhandled(reason=reason(str(error))), {})]


def _of_messages(value: Node) -> list[Found]:
    contacts = contacts_of(value.get("contacts"))
    found = [
        *_each(value, "messages", lambda node: message(node, contacts)),
        *_each(value, "statuses", _status),
        *_each(value, "errors", lambda node: Unhandled(reason=reason(f"error {code_of(node)}: {summary_of(node)}"))),
    ]
    return [(event, _with_contact(part, "messages", ("from", "from_user_id"), contacts)) for event, part in found]


def _of_echoes(value: Node) -> list[Found]:
    contacts = contacts_of(value.get("contacts"))
    found = _each(value, "message_echoes", lambda node: echo(node, contacts))
    return [(event, _with_contact(part, "message_echoes", ("to", "to_user_id"), contacts)) for event, part in found]


def _of_preferences(value: Node) -> list[Found]:
    contacts = contacts_of(value.get("contacts"))
    found = _each(value, "user_preferences", lambda node: preference(node, contacts))
    return [(event, _with_contact(part, "user_preferences", ("wa_id", "user_id"), contacts)) for event, part in found]


_FIELDS: Mapping[str, Callable[[Node], list[Found]]] = {
    "messages": _of_messages,
    "smb_message_echoes": _of_echoes,
    "user_preferences": _of_preferences,
}


def _each(value: Node, name: str, read: Callable[[Node], Event]) -> Iterator[Found]:
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


def _with_contact(part: Node, name: str, names_of_person: tuple[str, str], contacts: list[Node]) -> Node:
    """A part with the contact of the person that it names, and no other's."""
    nodes = part.get(name)
    node = nodes[0] if isinstance(nodes, list) else None
    if not isinstance(node, dict):
        return part
    phone, user_id = names_of_person
    contact = contact_of(phone_of(node.get(phone)), user_id_of(node.get(user_id)), contacts)
    return {**part, "contacts": [contact]} if contact else part


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
        template=flags.get("template"),
        trouble=trouble_of(code, summary_of(error)) if state == "failed" else None,
    )
