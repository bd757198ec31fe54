"""What a WhatsApp message says, in words, for each of its types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from messaging.channels.door import NotAsDocumentedError, list_of, object_of, text_of

Node = Mapping[str, Any]


def words_of(message: Node, kind: str) -> str:
    """The text of a message whose type is in `KINDS`; raises NotAsDocumentedError."""
    return KINDS[kind](object_of(message.get(kind), kind))


def _body(node: Node) -> str:
    body = node.get("body")
    if not isinstance(body, str):
        raise NotAsDocumentedError("text.body is not a string")
    return text_of(body)


def _caption(node: Node) -> str:
    return text_of(node.get("caption"))


def _location(node: Node) -> str:
    place = ", ".join(word for word in (text_of(node.get("name")), text_of(node.get("address"))) if word)
    latitude, longitude = node.get("latitude"), node.get("longitude")
    if not _is_number(latitude) or not _is_number(longitude):
        raise NotAsDocumentedError("location has no coordinates")
    point = f"{latitude}, {longitude}"
    return f"Location: {place} ({point})" if place else f"Location: {point}"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def contacts_words(contacts: list[Any]) -> str:
    return "\n".join(_card(object_of(card, "contacts[]")) for card in contacts)


def _card(card: Node) -> str:
    name = card.get("name")
    shown = text_of(name.get("formatted_name")) if isinstance(name, dict) else ""
    phones = [object_of(phone, "phones[]") for phone in list_of(card.get("phones"), "phones")]
    numbers = [text_of(phone.get("phone")) or text_of(phone.get("wa_id")) for phone in phones]
    return "Contact: " + ", ".join(word for word in (shown, *numbers) if word)


def _interactive(node: Node) -> str:
    for reply in ("button_reply", "list_reply"):
        if reply in node:
            return text_of(object_of(node[reply], reply).get("title"))
    raise NotAsDocumentedError("interactive without a reply")


def _button(node: Node) -> str:
    return text_of(node.get("text")) or text_of(node.get("payload"))


def _order(node: Node) -> str:
    items = [object_of(item, "product_items[]") for item in list_of(node.get("product_items"), "product_items")]
    lines = [_item(item) for item in items]
    note = text_of(node.get("text"))
    return "\n".join(["Order:", *lines, *([note] if note else [])])


def _item(item: Node) -> str:
    quantity, price = item.get("quantity"), item.get("item_price")
    name = text_of(item.get("product_retailer_id"))
    line = f"{quantity} × {name}" if _is_number(quantity) or isinstance(quantity, str) else name
    if _is_number(price) or isinstance(price, str):
        line += f" at {price} {text_of(item.get('currency'))}"
    return "- " + text_of(line).strip()


KINDS: Mapping[str, Callable[[Node], str]] = {
    "text": _body,
    "image": _caption,
    "video": _caption,
    "document": _caption,
    "audio": _caption,
    "sticker": _caption,
    "location": _location,
    "interactive": _interactive,
    "button": _button,
    "order": _order,
}
