"""A webhook body for every row of what the two services send: the ground that mutations start from."""

from __future__ import annotations

from collections.abc import Iterator

from messaging.tests.payloads import (
    BOT,
    CONTACTS,
    GROUP,
    METADATA,
    REFERRAL,
    TELEGRAM_CONNECTED,
    TELEGRAM_MESSAGES,
    WHATSAPP_MESSAGES,
    WHATSAPP_VALUES,
    Json,
    telegram_choice,
    telegram_membership,
    telegram_message,
    telegram_reaction,
    telegram_update,
    whatsapp_body,
    whatsapp_change,
    whatsapp_message,
    whatsapp_status,
)


def _whatsapp_rows() -> Iterator[Json]:
    for kind in WHATSAPP_MESSAGES:
        yield whatsapp_body(whatsapp_change(messages=[whatsapp_message(kind)], statuses=[whatsapp_status()]))
    yield whatsapp_body(whatsapp_change(statuses=[whatsapp_status("failed", errors=[{"code": 131047, "title": "x"}])]))
    yield whatsapp_body(
        whatsapp_change(messages=[whatsapp_message(referral=REFERRAL, context={"id": "wamid.Q", "forwarded": True})])
    )
    for field, value in WHATSAPP_VALUES.items():
        yield whatsapp_body({"field": field, "value": value})
    for kind in ("image", "audio", "reaction", "edit", "revoke"):
        node = {**whatsapp_message(kind), "to_user_id": "ES.111"}
        many = {**METADATA, **CONTACTS, "message_echoes": [node, {**node, "id": "wamid.ECHO2"}]}
        yield whatsapp_body({"field": "smb_message_echoes", "value": many})


def _telegram_rows() -> Iterator[Json]:
    for kind in TELEGRAM_MESSAGES:
        yield telegram_update(message=telegram_message(kind))
        yield telegram_update(edited_message=telegram_message(kind, edit_date=1763814100))
    for kind, node in TELEGRAM_CONNECTED.items():
        yield telegram_update(**{kind: node})
    yield telegram_update(
        message=telegram_message(
            chat=GROUP,
            text="@acme_bot ¿qué? 😀 /help@acme_bot",
            entities=[
                {"type": "mention", "offset": 0, "length": 9},
                {"type": "bot_command", "offset": 19, "length": 14},
            ],
            reply_to_message=telegram_message("photo", sender=BOT, message_id=7),
            quote={"text": "el menú", "position": 0, "is_manual": True},
        )
    )
    yield telegram_update(message=telegram_message(chat=GROUP, migrate_to_chat_id=-1001234567890, text=None))
    yield telegram_choice()
    yield telegram_reaction(["👍"], ["❤", "🔥"])
    yield telegram_membership("kicked", until_date=0)


WHATSAPP_ROWS = list(_whatsapp_rows())
TELEGRAM_ROWS = list(_telegram_rows())
