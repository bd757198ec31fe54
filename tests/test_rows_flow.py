"""Whatever a person does: from the double's own webhook to what Claude is told, and the answer back on the channel."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from messaging.models import Message, Turn
from tenants_app.scope import tenant_scope
from tests.house import House
from tests.webhook_door import does, media, telegrams, worked_until

GOOD = "Entendido 👍"
CARD = [{"name": {"formatted_name": "Ana Núñez"}, "phones": [{"phone": "+34 600 111 222", "type": "CELL"}]}]
ORDER = {
    "catalog_id": "9",
    "text": "para llevar 🥡",
    "product_items": [{"product_retailer_id": "PIZZA-Ñ", "quantity": 2, "item_price": 9.5, "currency": "EUR"}],
}
REFERRAL = {"source_type": "ad", "headline": "¡Pizzas 2x1! 🍕", "body": "Solo hoy", "source_url": "https://fb.me/x"}
VENUE = {"location": {"latitude": 40.4155, "longitude": -3.7074}, "title": "Plaza Mayor", "address": "Madrid"}


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), (200, 30, 30)).save(out, kind)
    return out.getvalue()


def told(house: House) -> list[dict[str, Any]]:
    """All blocks of people's words in Claude's newest request."""
    messages = house.anthropic.calls(containing="/v1/messages")[-1]["body"]["messages"]
    return [block for message in messages if message["role"] == "user" for block in message["content"]]


def words(house: House) -> str:
    return "\n".join(block.get("text", "") for block in told(house))


def said(house: House, channel: str) -> list[str]:
    return house.sent() if channel == "whatsapp" else telegrams(house)


def messages_in(house: House) -> list[Message]:
    with tenant_scope(house.tenant):
        return list(Message.objects.filter(direction=Message.Direction.IN).order_by("stored_at", "id"))


ANSWERED: list[tuple[str, str, dict[str, Any], tuple[str, ...]]] = [
    ("whatsapp", "text", {"text": "¡Hola, Ñandú! 😀"}, ("¡Hola, Ñandú! 😀",)),
    ("whatsapp", "text", {"text": "mira esto", "forwarded": True}, ("forwarded", "mira esto")),
    ("whatsapp", "text", {"text": "¿sigue?", "referral": REFERRAL}, ("¡Pizzas 2x1! 🍕", "¿sigue?")),
    ("whatsapp", "location", {"latitude": 40.4155, "longitude": -3.7074, "name": "Plaza Mayor"}, ("Plaza Mayor",)),
    ("whatsapp", "contacts", {"node": CARD}, ("Ana Núñez", "+34 600 111 222")),
    ("whatsapp", "button_reply", {"id": "yes", "title": "Sí, gracias"}, ("Sí, gracias",)),
    ("whatsapp", "list_reply", {"id": "r1", "title": "Martes", "description": "a las 10"}, ("Martes",)),
    ("whatsapp", "button", {"payload": "CONFIRM", "text": "Confirmar ✅"}, ("Confirmar ✅",)),
    ("whatsapp", "order", {"node": ORDER}, ("PIZZA-Ñ", "para llevar 🥡")),
    ("whatsapp", "unsupported", {}, ("cannot be read here",)),
    ("whatsapp", "hologram", {"node": {"id": "1"}}, ("cannot be read here",)),
    ("telegram", "text", {"text": "¡Hola, Ñandú! 😀"}, ("¡Hola, Ñandú! 😀",)),
    (
        "telegram",
        "text",
        {"text": "mira", "forward_origin": {"type": "hidden_user", "sender_user_name": "Zoë", "date": 1}},
        ("forwarded", "mira"),
    ),
    ("telegram", "location", {"latitude": 40.4155, "longitude": -3.7074}, ("40.4155",)),
    ("telegram", "venue", {"node": VENUE}, ("Plaza Mayor",)),
    ("telegram", "contact", {"node": {"phone_number": "+34600111222", "first_name": "Ana"}}, ("Ana", "+34600111222")),
    ("telegram", "dice", {"node": {"emoji": "🎲", "value": 4}}, ("dice",)),
]


@pytest.mark.parametrize(("channel", "kind", "more", "expected"), ANSWERED)
def test_what_a_person_sends_is_told_to_claude_and_answered(
    home: House, channel: str, kind: str, more: dict[str, Any], expected: tuple[str, ...]
) -> None:
    home.script({"text": GOOD})
    does(home, channel, kind, **more)
    assert worked_until(home, lambda: said(home, channel)) == [GOOD]
    shown = words(home)
    assert [word for word in expected if word.lower() not in shown.lower()] == []
    [row] = messages_in(home)
    assert row.account_id == home.accounts[channel].pk
    with tenant_scope(home.tenant):
        assert Turn.objects.get().status == Turn.Status.ANSWERED


FILES: list[tuple[str, str, str, bytes, str]] = [
    ("whatsapp", "image", "image/jpeg", picture("JPEG"), "image"),
    ("whatsapp", "sticker", "image/webp", picture("WEBP"), "image"),
    ("whatsapp", "document", "text/plain", "línea ñ".encode(), "línea ñ"),
    ("whatsapp", "video", "video/mp4", b"\0\0\0\x18ftypisom" + b"\0" * 20, "cannot open it"),
    ("telegram", "photo", "image/jpeg", picture("JPEG"), "image"),
    ("telegram", "sticker", "image/webp", picture("WEBP"), "image"),
    ("telegram", "document", "text/plain", "línea ñ".encode(), "línea ñ"),
    ("telegram", "video", "video/mp4", b"\0\0\0\x18ftypisom" + b"\0" * 20, "cannot open it"),
]


@pytest.mark.parametrize(("channel", "kind", "mime", "content", "expected"), FILES)
def test_a_file_is_fetched_shown_to_claude_and_answered(
    home: House, channel: str, kind: str, mime: str, content: bytes, expected: str
) -> None:
    home.script({"text": GOOD})
    caption = {} if kind == "sticker" else {"text": "el menú 🍽"}
    does(home, channel, kind, media=media(content, mime, "año.txt"), **caption)
    assert worked_until(home, lambda: said(home, channel)) == [GOOD]
    if expected == "image":
        assert [block["type"] for block in told(home)].count("image") == 1
    else:
        assert expected in words(home)
    assert not caption or "el menú 🍽" in words(home)


def test_the_pictures_of_an_album_are_seen_together(home: House) -> None:
    home.script({"text": GOOD})
    home.tenant.quiet_seconds = 0
    for _ in range(2):
        does(home, "telegram", "photo", media=media(picture("JPEG"), "image/jpeg"), media_group_id="7")
    assert worked_until(home, lambda: said(home, "telegram")) == [GOOD]
    assert [block["type"] for block in told(home)].count("image") == 2


@pytest.mark.parametrize("channel", ["whatsapp", "telegram"])
def test_an_answer_to_a_message_brings_what_it_quotes(home: House, channel: str) -> None:
    home.script({"text": "¿El lunes o el martes?"}, {"text": GOOD})
    does(home, channel, "text", text="¿Cuándo?")
    worked_until(home, lambda: said(home, channel))
    ours = shown_by(home, channel, "out")[-1]["id"]
    does(home, channel, "text", text="el primero", reply_to=ours)
    assert worked_until(home, lambda: said(home, channel)[1:]) == [GOOD]
    assert "¿El lunes o el martes?" in words(home).rpartition("¿Cuándo?")[2]


def shown_by(house: House, channel: str, direction: str) -> list[dict[str, Any]]:
    """The chat on Alice's phone."""
    import requests

    double = house.whatsapp if channel == "whatsapp" else house.telegram
    account = house.phone_number_id if channel == "whatsapp" else house.bot_token.partition(":")[0]
    chat = "15550100001" if channel == "whatsapp" else "700001"
    found = requests.get(f"{double.url}/_sim/chat", params={"account": account, "chat": chat}, timeout=10).json()
    return [message for message in found["messages"] if message["direction"] == direction]


@pytest.mark.parametrize("channel", ["whatsapp", "telegram"])
def test_reactions_edits_and_deletions_are_known_to_claude_afterwards(home: House, channel: str) -> None:
    home.script({"text": "¿A las nueve?"}, *[{"text": GOOD}] * 4)
    mine = does(home, channel, "text", text="Reserva para dos")
    worked_until(home, lambda: said(home, channel))
    ours = shown_by(home, channel, "out")[-1]["id"]
    name = "target" if channel == "whatsapp" else "message_id"
    does(home, channel, "reaction", emoji="❤️", **{name: ours})
    does(home, channel, "edit", text="Reserva para tres 🙏", **{name: mine})
    if channel == "whatsapp":
        does(home, channel, "revoke", **{name: mine})
    home.work()
    does(home, channel, "text", text="¿queda?")
    worked_until(home, lambda: "¿queda?" in words(home))
    shown = words(home)
    assert "❤️" in shown
    assert "Reserva para tres 🙏" in shown
    assert channel == "telegram" or "[took back" in shown
    assert said(home, channel)[-1] == GOOD


def test_a_pressed_button_of_telegram_is_taken_and_answered(home: House) -> None:
    home.script({"text": GOOD}, {"text": "Hecho ✅"})
    does(home, "telegram", "text", text="hola")
    worked_until(home, lambda: said(home, "telegram"))
    ours = shown_by(home, "telegram", "out")[-1]["id"]
    does(home, "telegram", "callback", message_id=ours, data="yes:1")
    assert worked_until(home, lambda: said(home, "telegram")[1:]) == ["Hecho ✅"]
    assert "yes:1" in words(home)
    assert [call["path"].rpartition("/")[2] for call in home.telegram.calls(containing="answerCallbackQuery")]
