"""A node of `messages[]` as what the person said or did, or as what the service says of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from messaging.channels.base import Event, InboundMessage, NumberChange, Unhandled
from messaging.channels.door import LONGEST_ID, NotAsDocumentedError, id_of, object_of, reason, text_of, time_of
from messaging.channels.whatsapp.content import content_of, errors_words
from messaging.channels.whatsapp.people import USER_ID, person_of, phone_of, user_id_of
from messaging.channels.whatsapp.words import referral_words

Node = Mapping[str, Any]

# The person's own name stands before it, so it is believed at the very end only.
_CHANGED = re.compile(rf"from ({USER_ID.pattern}) to ({USER_ID.pattern})\.?\s*\Z", re.ASCII)


def message(node: Node, contacts: Sequence[Node]) -> Event:
    try:
        return _system(node) if node.get("type") == "system" else _inbound(node, contacts)
    except NotAsDocumentedError as error:
        return Unhandled(reason=reason(f"{error}{errors_words(node)}"))


def _inbound(node: Node, contacts: Sequence[Node]) -> InboundMessage:
    content = content_of(node)
    message_id = id_of(node.get("id"), "message id")
    try:
        sender = person_of(node.get("from"), node.get("from_user_id"), contacts)
    except NotAsDocumentedError:
        raise NotAsDocumentedError("message has no sender") from None
    context = node.get("context")
    context = context if isinstance(context, dict) else {}
    text = content.text
    if content.about is None:
        text = "\n".join(words for words in (referral_words(node.get("referral")), text) if words)
    return InboundMessage(
        key=message_id,
        message_id=message_id,
        chat_id=sender.address,
        chat_kind="private",
        sender=sender,
        sent_at=time_of(node.get("timestamp"), "timestamp"),
        kind=content.kind,
        text=text,
        reply_to=content.about or text_of(context.get("id"), LONGEST_ID) or None,
        forwarded=context.get("forwarded") is True or context.get("frequently_forwarded") is True,
        media=content.media,
        choice=content.choice,
        wakes=content.wakes,
    )


def _system(node: Node) -> Event:
    system = object_of(node.get("system"), "system")
    kind = text_of(system.get("type")) or "missing"
    if kind == "user_changed_number":
        return _number_change(node, system)
    if kind == "user_changed_user_id":
        return _user_id_change(node, system)
    return Unhandled(reason=reason(f"system {kind}"))


def _number_change(node: Node, system: Node) -> Event:
    """`wa_id` is the new number, in older payloads `new_wa_id`; a user id may have changed with it."""
    phone, user_id = phone_of(node.get("from")), user_id_of(node.get("from_user_id"))
    new_phone = phone_of(system.get("new_wa_id")) or phone_of(system.get("wa_id"))
    new_address = user_id_of(system.get("user_id")) or user_id or new_phone
    return _change(node, user_id or phone, new_address, phone, new_phone)


def _user_id_change(node: Node, system: Node) -> Event:
    """The old id stands in the node, or in the service's sentence alone; else the phone number must do."""
    phone, new_address = phone_of(node.get("from")), user_id_of(system.get("user_id"))
    told = _CHANGED.search(text_of(system.get("body")))
    old = (
        user_id_of(system.get("previous_user_id")),
        user_id_of(node.get("from_user_id")),
        told[1] if told and told[2] == new_address else "",
        phone,
    )
    address = next((given for given in old if given and given != new_address), "")
    return _change(node, address, new_address, phone, phone_of(system.get("wa_id")))


def _change(node: Node, address: str, new_address: str, phone: str, new_phone: str) -> Event:
    if not (address and new_address) or (address == new_address and new_phone in ("", phone)):
        raise NotAsDocumentedError("system names no change of number")
    return NumberChange(
        address=address,
        new_address=new_address,
        new_phone=new_phone,
        phone=phone,
        at=time_of(node.get("timestamp"), "timestamp"),
    )
