"""What every peer in Python does before the database: find the app, check the signature, read the message."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from uuid_utils import compat

INSERT_COLUMNS = (
    "id, tenant_id, conversation_id, account_id, contact_id, direction, key, external_id, kind, text, reply_to, "
    "forwarded, raw, sent_at, stored_at"
)
CONFLICT = "ON CONFLICT (tenant_id, account_id, key) DO NOTHING"


@dataclass(frozen=True)
class Account:
    secret: bytes
    phone_number_id: str
    tenant: UUID
    account: UUID
    quiet: timedelta
    limit: timedelta
    chats: dict[str, tuple[UUID, UUID]]


class Refused(Exception):
    """The signature does not fit, or nobody here is meant."""


def load() -> tuple[str, dict[str, Account]]:
    """The product's own statement, and the accounts by the id of their app."""
    document = json.loads(Path(os.environ["BENCH_ACCOUNTS"]).read_text())
    return document["store"], {row["app"]: account_of(row) for row in document["accounts"]}


def account_of(row: dict[str, Any]) -> Account:
    return Account(
        secret=row["secret"].encode(),
        phone_number_id=row["phone_number_id"],
        tenant=UUID(row["tenant"]),
        account=UUID(row["account"]),
        quiet=timedelta(seconds=row["quiet"]),
        limit=timedelta(seconds=row["limit"]),
        chats={phone: (UUID(ids[0]), UUID(ids[1])) for phone, ids in row["chats"].items()},
    )


def read(account: Account | None, body: bytes, signature: str) -> dict[str, Any]:
    """The message's values, named as the product's SQL names them; raises Refused."""
    if account is None:
        raise Refused
    expected = "sha256=" + hmac.new(account.secret, body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signature):
        raise Refused
    value = json.loads(body)["entry"][0]["changes"][0]["value"]
    if value["metadata"]["phone_number_id"] != account.phone_number_id:
        raise Refused
    message = value["messages"][0]
    return {
        "id": compat.uuid7(),
        "tenant": account.tenant,
        "account": account.account,
        "channel": "whatsapp",
        "chat": message["from"],
        "address": message["from"],
        "key": message["id"],
        "external_id": message["id"],
        "kind": message["type"],
        "text": message["text"]["body"],
        "reply_to": "",
        "forwarded": False,
        "raw": body,
        "sent_at": datetime.fromtimestamp(int(message["timestamp"]), UTC),
        "quiet": account.quiet,
        "limit": account.limit,
        "quoted": "",
        "choice": "",
        "choice_token": "",
        "wakes": True,
        "media": None,
    }
