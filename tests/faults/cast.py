"""Who takes part: tenants, their accounts and the people who write, and webhooks exactly as the services send them.

Every number tells whose it is: the last six digits of a person's address are the number of the chat in the tokens.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

TENANTS = (1, 2, 3)
CHANNELS = ("whatsapp", "telegram")
# Two tenants share one app at Meta, so its webhooks may bring messages of both in one body.
APP_SECRETS = {1: "app-secret-of-one-and-two", 2: "app-secret-of-one-and-two", 3: "app-secret-of-three"}


LEAVING = 1  # the tenant of which people are erased
LEAVERS = 30  # who never wrote: more than there are ways to interrupt their erasure


def leaver(number: int) -> uuid.UUID:
    """The contact who is to be erased in a case of its own."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"leaver {number}")


def phone_number_id(tenant: int) -> str:
    return f"1000000000{tenant:03}"


def waba_id(tenant: int) -> str:
    return f"2000000000{tenant:03}"


def display_number(tenant: int) -> str:
    return f"1555900{tenant:04}"


def access_token(tenant: int) -> str:
    return f"EAAG-fault-run-{tenant}"


def bot_token(tenant: int) -> str:
    return f"7000000{tenant:03}:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw{tenant}"


def bot_id(tenant: int) -> str:
    return bot_token(tenant).partition(":")[0]


def address(tenant: int, channel: str, chat: int) -> str:
    """The person's phone number, or their user id at Telegram."""
    return f"1555{tenant}{chat:06}" if channel == "whatsapp" else f"7{tenant}{chat:06}"


def chat_of(address: str) -> int:
    """The number of the chat in the tokens; raises ValueError for an address that no one here has."""
    return int(address[-6:])


@dataclass(frozen=True)
class Account:
    """Where the webhooks of one account go, and what they are signed with."""

    tenant: int
    channel: str
    path: str
    secret: str = field(repr=False)  # Meta's app secret, or the secret token of a bot's webhook
    verify_token: str = field(default="", repr=False)


@dataclass(frozen=True)
class Request:
    path: str
    body: bytes
    headers: Mapping[str, str]


def whatsapp_text(tenant: int, chat: int, key: str, text: str, picture: str = "") -> dict[str, Any]:
    """The entry of one text message, or of the picture with that id at the service and the text under it."""
    person = address(tenant, "whatsapp", chat)
    content: dict[str, Any] = {"type": "text", "text": {"body": text}}
    if picture:
        content = {"type": "image", "image": {"id": picture, "mime_type": "image/png", "caption": text}}
    message = {"from": person, "id": key, "timestamp": str(int(time.time())), **content}
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": display_number(tenant), "phone_number_id": phone_number_id(tenant)},
        "contacts": [{"profile": {"name": f"Person {chat}"}, "wa_id": person}],
        "messages": [message],
    }
    return {"id": waba_id(tenant), "changes": [{"field": "messages", "value": value}]}


def whatsapp_garbage(tenant: int, key: str, text: str) -> dict[str, Any]:
    """The entry of a change whose kind is newer than anybody knows."""
    value = {
        "metadata": {"display_phone_number": display_number(tenant), "phone_number_id": phone_number_id(tenant)},
        "surprise": {"id": key, "note": text},
    }
    return {"id": waba_id(tenant), "changes": [{"field": "surprises", "value": value}]}


def telegram_text(tenant: int, chat: int, update_id: int, text: str) -> dict[str, Any]:
    person = int(address(tenant, "telegram", chat))
    return {
        "update_id": update_id,
        "message": {
            "message_id": update_id,
            "date": int(time.time()),
            "chat": {"id": person, "type": "private", "first_name": f"Person {chat}"},
            "from": {"id": person, "is_bot": False, "first_name": f"Person {chat}"},
            "text": text,
        },
    }


def telegram_garbage(update_id: int, text: str) -> dict[str, Any]:
    return {"update_id": update_id, "surprise": {"note": text}}


def whatsapp_request(account: Account, entries: Sequence[Mapping[str, Any]]) -> Request:
    """Signed over the bytes in which everything above U+007F is escaped, as Meta does it."""
    return whatsapp_raw(account, json.dumps({"object": "whatsapp_business_account", "entry": list(entries)}).encode())


def whatsapp_raw(account: Account, body: bytes) -> Request:
    signature = hmac.new(account.secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}
    return Request(account.path, body, headers)


def telegram_request(account: Account, update: Mapping[str, Any]) -> Request:
    return telegram_raw(account, json.dumps(update).encode())


def telegram_raw(account: Account, body: bytes) -> Request:
    headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": account.secret}
    return Request(account.path, body, headers)
