"""Webhook bodies as the two services write them, for every row of what they send."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

Json = dict[str, Any]

WHATSAPP_MESSAGES: dict[str, Json] = {
    "text": {"type": "text", "text": {"body": "¡Hola, Ñandú! 😀"}},
    "image": {"type": "image", "image": {"id": "1", "mime_type": "image/jpeg", "sha256": "x=", "caption": "el menú 🍽"}},
    "video": {"type": "video", "video": {"id": "1", "mime_type": "video/mp4", "sha256": "x="}},
    "document": {
        "type": "document",
        "document": {
            "id": "1",
            "mime_type": "application/pdf",
            "sha256": "x=",
            "filename": "f.pdf",
            "caption": "factura",
        },
    },
    "audio": {
        "type": "audio",
        "audio": {"id": "1", "mime_type": "audio/ogg; codecs=opus", "sha256": "x=", "voice": True},
    },
    "sticker": {
        "type": "sticker",
        "sticker": {"id": "1", "mime_type": "image/webp", "sha256": "x=", "animated": False},
    },
    "location": {
        "type": "location",
        "location": {"latitude": 40.4155, "longitude": -3.7074, "name": "Plaza Mayor", "address": "Madrid"},
    },
    "contacts": {
        "type": "contacts",
        "contacts": [
            {
                "name": {"formatted_name": "Ana Núñez", "first_name": "Ana"},
                "phones": [{"phone": "+34 600 111 222", "wa_id": "34600111222", "type": "CELL"}],
            }
        ],
    },
    "button_reply": {
        "type": "interactive",
        "interactive": {"type": "button_reply", "button_reply": {"id": "yes", "title": "Sí, gracias"}},
    },
    "list_reply": {
        "type": "interactive",
        "interactive": {"type": "list_reply", "list_reply": {"id": "r1", "title": "Martes", "description": "a las 10"}},
    },
    "button": {"type": "button", "button": {"payload": "CONFIRM", "text": "Confirmar"}},
    "order": {
        "type": "order",
        "order": {
            "catalog_id": "9",
            "text": "para llevar",
            "product_items": [{"product_retailer_id": "PIZZA", "quantity": 2, "item_price": 9.5, "currency": "EUR"}],
        },
    },
    "interactive_failed": {"type": "interactive", "errors": [{"code": 131000, "title": "Something went wrong"}]},
    "reaction": {"type": "reaction", "reaction": {"message_id": "wamid.Q", "emoji": "👍"}},
    "system": {
        "type": "system",
        "system": {"body": "Ana changed her number", "wa_id": "34600999888", "type": "user_changed_number"},
    },
    "unsupported": {"type": "unsupported", "errors": [{"code": 131051, "title": "Message type unknown"}]},
    "edit": {
        "type": "edit",
        "edit": {"original_message_id": "wamid.Q", "message": {"type": "text", "text": {"body": "x"}}},
    },
    "revoke": {"type": "revoke", "revoke": {"original_message_id": "wamid.Q"}},
}
WHATSAPP_FIELDS = [
    "account_update",
    "account_alerts",
    "phone_number_quality_update",
    "message_template_status_update",
    "business_capability_update",
    "user_preferences",
    "smb_message_echoes",
]


def whatsapp_message(
    kind: str = "text", message_id: str = "wamid.HBgL", sender: str = "34600111222", **more: Any
) -> Json:
    return {"from": sender, "id": message_id, "timestamp": "1763814000", **WHATSAPP_MESSAGES[kind], **more}


def whatsapp_status(status: str = "delivered", **more: Any) -> Json:
    return {"id": "wamid.OUT", "status": status, "timestamp": "1763814001", "recipient_id": "34600111222", **more}


def whatsapp_change(number: str = "1155", **parts: Any) -> Json:
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550102030", "phone_number_id": number},
        "contacts": [{"profile": {"name": "Ana Núñez"}, "wa_id": "34600111222"}],
        **parts,
    }
    return {"field": "messages", "value": value}


def whatsapp_body(*changes: Json, waba: str = "9911") -> Json:
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": waba, "time": 1763814000, "changes": list(changes)}],
    }


def as_meta_writes(body: Any) -> bytes:
    """Every code point above U+007F escaped, and no spaces: the bytes that Meta signs."""
    return json.dumps(body, separators=(",", ":")).encode()


def meta_signature(body: bytes, secret: str) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


ANA: Json = {
    "id": 5001,
    "is_bot": False,
    "first_name": "Ana",
    "last_name": "Núñez",
    "username": "ananu",
    "language_code": "es",
}
PRIVATE: Json = {"id": 5001, "type": "private", "first_name": "Ana"}
GROUP: Json = {"id": -100200, "type": "supergroup", "title": "Equipo"}
_FILE: Json = {"file_id": "F", "file_unique_id": "U", "file_size": 10}

TELEGRAM_MESSAGES: dict[str, Json] = {
    "text": {"text": "¡Hola, Ñandú! 😀"},
    "photo": {"photo": [{**_FILE, "width": 1, "height": 1}], "caption": "el menú 🍽", "media_group_id": "7"},
    "voice": {"voice": {**_FILE, "duration": 3}},
    "audio": {"audio": {**_FILE, "duration": 3}, "caption": "canción"},
    "video": {"video": {**_FILE, "width": 1, "height": 1, "duration": 3}},
    "video_note": {"video_note": {**_FILE, "length": 1, "duration": 3}},
    "animation": {"animation": {**_FILE, "width": 1, "height": 1, "duration": 3}, "document": _FILE},
    "document": {"document": {**_FILE, "file_name": "f.pdf"}, "caption": "factura"},
    "sticker": {
        "sticker": {
            **_FILE,
            "type": "regular",
            "width": 1,
            "height": 1,
            "is_animated": False,
            "is_video": False,
            "emoji": "👋",
        }
    },
    "location": {"location": {"latitude": 40.4155, "longitude": -3.7074}},
    "venue": {
        "location": {"latitude": 40.4155, "longitude": -3.7074},
        "venue": {"location": {"latitude": 40.4155, "longitude": -3.7074}, "title": "Plaza Mayor", "address": "Madrid"},
    },
    "contact": {"contact": {"phone_number": "+34600111222", "first_name": "Ana", "last_name": "Núñez"}},
    "dice": {"dice": {"emoji": "🎲", "value": 4}},
}


def telegram_message(kind: str = "text", sender: Json | None = ANA, **more: Any) -> Json:
    return {"message_id": 42, "from": sender, "chat": PRIVATE, "date": 1763814000, **TELEGRAM_MESSAGES[kind], **more}


def telegram_update(**parts: Any) -> Json:
    return {"update_id": 900, **parts}


def telegram_membership(status: str, chat: Json = PRIVATE, **more: Any) -> Json:
    bot = {"id": 123456, "is_bot": True, "first_name": "Acme", "username": "acme_bot"}
    old = {"user": bot, "status": "member"}
    change = {"chat": chat, "from": ANA, "date": 1763814000, "old_chat_member": old}
    return telegram_update(my_chat_member={**change, "new_chat_member": {"user": bot, "status": status, **more}})
