"""Webhook bodies as the two services write them, for every row of what they send."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

Json = dict[str, Any]

WHATSAPP_MESSAGES: dict[str, Json] = {
    "text": {"type": "text", "text": {"body": "¡Hola, Ñandú! 😀"}},
    "image": {
        "type": "image",
        "image": {
            "id": "1754951608042154",
            "mime_type": "image/jpeg",
            "sha256": "x=",
            "url": "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1754951608042154",
            "caption": "el menú 🍽",
        },
    },
    "video": {"type": "video", "video": {"id": "1", "mime_type": "video/mp4", "sha256": "x="}},
    "document": {
        "type": "document",
        "document": {
            "id": "1",
            "mime_type": "application/pdf",
            "sha256": "x=",
            "filename": "Facturación – año 2026.pdf",
            "caption": "factura",
        },
    },
    "song": {"type": "audio", "audio": {"id": "1", "mime_type": "audio/mpeg", "sha256": "x=", "voice": False}},
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
        "location": {
            "latitude": 40.4155,
            "longitude": -3.7074,
            "name": "Plaza Mayor",
            "address": "Madrid",
            "url": "https://example.com/plaza",
        },
    },
    "contacts": {
        "type": "contacts",
        "contacts": [
            {
                "name": {"formatted_name": "Ana Núñez", "first_name": "Ana"},
                "phones": [{"phone": "+34 600 111 222", "wa_id": "34600111222", "type": "CELL"}],
            },
            {
                "name": {"first_name": "Zoë", "last_name": "Brändle"},
                "phones": [{"wa_id": "4915112345678"}],
                "emails": [{"email": "zoe@example.com", "type": "WORK"}],
                "org": {"company": "Café Zoë"},
            },
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
    "flow": {"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": {"response_json": "{}"}}},
    "button": {"type": "button", "button": {"payload": "CONFIRM", "text": "Confirmar ✅"}},
    "order": {
        "type": "order",
        "order": {
            "catalog_id": "9",
            "text": "para llevar",
            "product_items": [{"product_retailer_id": "PIZZA", "quantity": 2, "item_price": 9.5, "currency": "EUR"}],
        },
    },
    "interactive_failed": {"type": "interactive", "errors": [{"code": 131000, "title": "Something went wrong"}]},
    "reaction": {"type": "reaction", "reaction": {"message_id": "wamid.Q", "emoji": "👍🏽"}},
    "reaction_removed": {"type": "reaction", "reaction": {"message_id": "wamid.Q", "emoji": ""}},
    "reaction_removed_bare": {"type": "reaction", "reaction": {"message_id": "wamid.Q"}},
    "system": {
        "type": "system",
        "system": {
            "body": "User Ana Núñez changed from 34600111222 to 34600999888",
            "wa_id": "34600999888",
            "type": "user_changed_number",
        },
    },
    "system_user_id": {
        "type": "system",
        "system": {
            "body": "User Ana Núñez changed from ES.111 to ES.222",
            "user_id": "ES.222",
            "type": "user_changed_user_id",
        },
    },
    "system_identity": {
        "type": "system",
        "system": {"body": "Ana's security code changed", "identity": "x", "type": "customer_identity_changed"},
    },
    "unsupported": {
        "type": "unsupported",
        "errors": [
            {
                "code": 131051,
                "title": "Message type unknown",
                "message": "Message type unknown",
                "error_data": {"details": "Message type is currently not supported."},
            }
        ],
    },
    "unknown": {"type": "unknown", "errors": [{"code": 131051, "title": "Unsupported message type"}]},
    "newer": {"type": "hologram", "hologram": {"id": "1"}},
    "edit": {
        "type": "edit",
        "edit": {
            "original_message_id": "wamid.Q",
            "message": {"context": {"id": "wamid.P"}, "type": "text", "text": {"body": "mejor mañana 🙏"}},
        },
    },
    "edit_caption": {
        "type": "edit",
        "edit": {
            "original_message_id": "wamid.Q",
            "message": {"type": "image", "image": {"mime_type": "image/jpeg", "sha256": "x=", "caption": "menú nuevo"}},
        },
    },
    "revoke": {"type": "revoke", "revoke": {"original_message_id": "wamid.Q"}},
}
METADATA: Json = {
    "messaging_product": "whatsapp",
    "metadata": {"display_phone_number": "15550102030", "phone_number_id": "1155"},
}
CONTACTS: Json = {"contacts": [{"profile": {"name": "Ana Núñez"}, "wa_id": "34600111222", "user_id": "ES.111"}]}
WHATSAPP_VALUES: dict[str, Json] = {  # of the fields beside "messages"
    "account_update": {
        "event": "DISABLED_UPDATE",
        "ban_info": {"waba_ban_state": "SCHEDULE_FOR_DISABLE", "waba_ban_date": "November 28, 2026"},
        "violation_info": {"violation_type": "ALCOHOL"},
        "restriction_info": [{"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": 1763900000}],
    },
    "account_alerts": {
        "entity_type": "BUSINESS",
        "entity_id": 506914307656634,
        "alert_info": {
            "alert_severity": "CRITICAL",
            "alert_status": "ACTIVE",
            "alert_type": "OBA_APPROVED",
            "alert_description": "Call María\nat +34600111222 (maria@example.com) about “Café Zoë”",
        },
    },
    "phone_number_quality_update": {
        "display_phone_number": "15550102030",
        "event": "FLAGGED",
        "old_limit": "TIER_1K",
        "current_limit": "TIER_250",
    },
    "message_template_status_update": {
        "event": "REJECTED",
        "message_template_id": 1689556908129832,
        "message_template_name": "pedido_listo",
        "message_template_language": "es_ES",
        "reason": "INVALID_FORMAT",
    },
    "business_capability_update": {"max_daily_conversations_per_business": 2000, "max_phone_numbers_per_waba": 25},
    "user_preferences": {
        **METADATA,
        **CONTACTS,
        "user_preferences": [
            {
                "wa_id": "34600111222",
                "detail": "User requested to stop marketing messages",
                "category": "marketing_messages",
                "value": "stop",
                "timestamp": 1763814000,
            }
        ],
    },
    "smb_message_echoes": {
        **METADATA,
        "message_echoes": [
            {
                "from": "15550102030",
                "to": "34600111222",
                "id": "wamid.ECHO",
                "timestamp": "1763814000",
                "type": "text",
                "text": {"body": "Yo me encargo, Ana 😊"},
            }
        ],
    },
}
WHATSAPP_FIELDS = list(WHATSAPP_VALUES)
REFERRAL: Json = {
    "source_url": "https://fb.me/3cr4Wqqkv",
    "source_type": "ad",
    "source_id": "120226305854810726",
    "headline": "¡Pizzas\n2x1! 🍕",
    "body": "Solo hoy",
    "media_type": "image",
    "image_url": "https://scontent.xx.fbcdn.net/v/t45.1",
    "ctwa_clid": "Aff-n8ZTODiE79d22KtAwQKj9e",
    "welcome_message": {"text": "Hi there!"},
}


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
    "photo": {
        "photo": [
            {**_FILE, "file_id": "S", "width": 90, "height": 67},
            {**_FILE, "file_id": "L", "file_size": 90_000, "width": 1280, "height": 960},
            {**_FILE, "file_id": "M", "width": 320, "height": 240},
        ],
        "caption": "el menú 🍽",
        "media_group_id": "7",
    },
    "voice": {"voice": {**_FILE, "duration": 3, "mime_type": "audio/ogg"}},
    "audio": {
        "audio": {**_FILE, "duration": 3, "mime_type": "audio/mpeg", "file_name": "canción.mp3"},
        "caption": "canción",
    },
    "video": {"video": {**_FILE, "width": 1, "height": 1, "duration": 3, "mime_type": "video/quicktime"}},
    "video_note": {"video_note": {**_FILE, "length": 1, "duration": 3}},
    "animation": {
        "animation": {**_FILE, "width": 1, "height": 1, "duration": 3, "file_name": "¡sí!.mp4"},
        "document": _FILE,
    },
    "document": {
        "document": {**_FILE, "file_name": "año 2026.pdf", "mime_type": "application/pdf"},
        "caption": "factura",
    },
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
    "story": {"story": {"id": 3, "chat": {"id": 5001, "type": "private", "first_name": "Ana"}}},
}
BOT: Json = {"id": 123456, "is_bot": True, "first_name": "Acme", "username": "acme_bot"}


def telegram_message(kind: str = "text", sender: Json | None = ANA, **more: Any) -> Json:
    return {"message_id": 42, "from": sender, "chat": PRIVATE, "date": 1763814000, **TELEGRAM_MESSAGES[kind], **more}


def telegram_update(**parts: Any) -> Json:
    return {"update_id": 900, **parts}


def telegram_membership(status: str, chat: Json = PRIVATE, **more: Any) -> Json:
    old = {"user": BOT, "status": "member"}
    change = {"chat": chat, "from": ANA, "date": 1763814000, "old_chat_member": old}
    return telegram_update(my_chat_member={**change, "new_chat_member": {"user": BOT, "status": status, **more}})


def telegram_choice(message: Json | None = None, **more: Any) -> Json:
    """A press on one of two buttons under a message of the bot."""
    keyboard = [[{"text": "Sí ✅", "callback_data": "yes:1"}], [{"text": "No", "callback_data": "no:1"}]]
    shown = telegram_message(sender=BOT, text="¿Confirmo?", reply_markup={"inline_keyboard": keyboard})
    query = {"id": "4382bfdwdsb323b2d9", "from": ANA, "chat_instance": "-42", "data": "yes:1"}
    return telegram_update(callback_query={**query, "message": message or shown, **more})


def telegram_reaction(before: list[str], after: list[str], **more: Any) -> Json:
    old, new = ([{"type": "emoji", "emoji": emoji} for emoji in emojis] for emojis in (before, after))
    change = {"chat": PRIVATE, "user": ANA, "message_id": 42, "date": 1763814000}
    return telegram_update(message_reaction={**change, "old_reaction": old, "new_reaction": new, **more})


TELEGRAM_CONNECTED: dict[str, Json] = {  # what concerns an account that the bot is connected to
    "business_connection": {
        "id": "bc1",
        "user": ANA,
        "user_chat_id": 5001,
        "date": 1763814000,
        "is_enabled": True,
        "rights": {"can_reply": True},
    },
    "business_message": telegram_message(business_connection_id="bc1"),
    "edited_business_message": telegram_message(business_connection_id="bc1", edit_date=1763814100),
    "deleted_business_messages": {"business_connection_id": "bc1", "chat": PRIVATE, "message_ids": [42]},
}
