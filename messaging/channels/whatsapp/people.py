"""Who a part of a webhook is about: by user id where there is one, else by phone number; either may be missing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from messaging.channels.base import Sender
from messaging.channels.door import LONGEST_ID, NotAsDocumentedError, text_of

USER_ID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[0-9A-Za-z]{1,128}", re.ASCII)

Node = Mapping[str, Any]


def contacts_of(value: object) -> list[Node]:
    """The `contacts` of a change; only names hang on them, so what cannot be read is left out."""
    return [node for node in value if isinstance(node, dict)] if isinstance(value, list) else []


def person_of(phone: object, user_id: object, contacts: Sequence[Node]) -> Sender:
    """The person whom a part names by these two; raises NotAsDocumentedError where it is nobody."""
    phone, user_id = phone_of(phone), user_id_of(user_id)
    contact = contact_of(phone, user_id, contacts)
    phone = phone or phone_of(contact.get("wa_id"))
    user_id = user_id or user_id_of(contact.get("user_id"))
    if not (user_id or phone):
        raise NotAsDocumentedError("no person is named")
    profile = contact.get("profile")
    profile = profile if isinstance(profile, dict) else {}
    return Sender(
        address=user_id or phone,
        name=text_of(profile.get("name"), LONGEST_ID),
        username=text_of(profile.get("username"), LONGEST_ID),
        phone=phone,
    )


def contact_of(phone: str, user_id: str, contacts: Sequence[Node]) -> Node:
    for contact in contacts:
        if (user_id and contact.get("user_id") == user_id) or (phone and contact.get("wa_id") == phone):
            return contact
    # Another person's contact must never lend its identity; only where the part names nobody is there no doubt.
    return contacts[0] if len(contacts) == 1 and not (phone or user_id) else {}


def phone_of(value: object) -> str:
    return value if isinstance(value, str) and re.fullmatch(r"[0-9]{1,20}", value, re.ASCII) else ""


def user_id_of(value: object) -> str:
    return value if isinstance(value, str) and USER_ID.fullmatch(value) else ""
