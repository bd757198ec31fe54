"""The bodies of WhatsApp's webhooks, as CONTRACTS states them, and ids that look like Meta's."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from typing import Any

from simulators.messenger import Chat, ChatMessage
from simulators.whatsapp.accounts import Number
from simulators.whatsapp.errors import GraphError


@dataclass(frozen=True, kw_only=True)
class Change:
    """One `changes[]` of an entry; the ids of the person's messages in it."""

    number: Number
    field: str
    value: dict[str, Any]
    chat: str = ""
    message_ids: tuple[str, ...] = ()


def wamid(phone: str, *, inbound: bool) -> str:
    """A message id built like Meta's: base64 over a tagged record of phone number, direction and random id."""
    person = phone.encode()[:40]
    unique = secrets.token_hex(10 if inbound else 9).upper().encode()
    record = b"\x1c\x18" + bytes([len(person)]) + person + b"\x15\x02\x00" + (b"\x12" if inbound else b"\x11")
    record += b"\x18" + bytes([len(unique)]) + unique + b"\x00"
    return "wamid." + base64.b64encode(record).decode()


def metadata(number: Number) -> dict[str, str]:
    return {"display_phone_number": number.digits, "phone_number_id": number.id}


def contact_node(facts: dict[str, Any]) -> dict[str, Any]:
    profile = {"name": facts.get("name") or ""}
    if facts.get("username"):
        profile["username"] = facts["username"]
    node: dict[str, Any] = {"profile": profile}
    if facts.get("phone"):
        node["wa_id"] = facts["phone"]
    if facts.get("user_id"):
        node["user_id"] = facts["user_id"]
    return node


def messages_value(number: Number, chat: Chat, message: dict[str, Any], *, contacts: bool = True) -> dict[str, Any]:
    value: dict[str, Any] = {"messaging_product": "whatsapp", "metadata": metadata(number)}
    if contacts:
        value["contacts"] = [contact_node(chat.facts)]
    value["messages"] = [message]
    return value


def status_value(number: Number, chat: Chat, message: ChatMessage, status: str, at: float) -> dict[str, Any]:
    node: dict[str, Any] = {"id": message.id, "status": status, "timestamp": str(int(at))}
    node["recipient_id"] = chat.facts.get("phone") or chat.id
    if chat.facts.get("user_id"):
        node["recipient_user_id"] = chat.facts["user_id"]
    if status in {"sent", "delivered"}:
        node |= _billing(number, chat, message)
    if "opaque" in message.private:
        node["biz_opaque_callback_data"] = message.private["opaque"]
    if status == "failed":
        node["errors"] = [GraphError(message.extra["error"]["code"]).in_status()]
    return {"messaging_product": "whatsapp", "metadata": metadata(number), "statuses": [node]}


def _billing(number: Number, chat: Chat, message: ChatMessage) -> dict[str, Any]:
    paid = message.type == "template"
    category = "utility" if paid else "service"
    conversation_id = hashlib.md5(f"{number.id}:{chat.id}".encode(), usedforsecurity=False).hexdigest()
    return {
        "conversation": {"id": conversation_id, "origin": {"type": category}},
        "pricing": {
            "billable": paid,
            "pricing_model": "PMP",
            "category": category,
            "type": "regular" if paid else "free_customer_service",
        },
    }


def envelope(changes: list[Change], split: str, at: float) -> dict[str, Any]:
    """All changes in one body. `split`: how finely they lie in it – "messages", "changes" or "entries"."""
    entries: list[dict[str, Any]] = []
    for change in changes:
        node = {"field": change.field, "value": change.value}
        last = entries[-1] if entries else None
        if last is None or split == "entries" or last["id"] != change.number.waba:
            entries.append({"id": change.number.waba, "time": int(at), "changes": [node]})
        elif split == "changes" or not _merge(last["changes"][-1], node):
            last["changes"].append(node)
    return {"object": "whatsapp_business_account", "entry": entries}


def _merge(into: dict[str, Any], node: dict[str, Any]) -> bool:
    """Put the node's messages and statuses into the change before it; False where they are of different numbers."""
    if into["field"] != node["field"] or into["value"].get("metadata") != node["value"].get("metadata"):
        return False
    merged = dict(into["value"])
    for name in ("messages", "statuses", "contacts"):
        both = [*merged.get(name, ()), *node["value"].get(name, ())]
        if both:
            merged[name] = [entry for index, entry in enumerate(both) if entry not in both[:index]]
    into["value"] = merged
    return True


def encode(body: dict[str, Any]) -> bytes:
    """The bytes as Meta sends them: every code point above U+007F is escaped."""
    return json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode()


def signature(secret: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
