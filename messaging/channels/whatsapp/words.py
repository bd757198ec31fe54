"""What a WhatsApp message says, in words, for each of its types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from messaging.channels.door import LONGEST_QUOTE, NotAsDocumentedError, line_of, list_of, object_of, text_of

Node = Mapping[str, Any]


def words_of(message: Node, kind: str) -> str:
    """The text of a message whose type is in `KINDS`; raises NotAsDocumentedError."""
    return KINDS[kind](object_of(message.get(kind), kind))


def _body(node: Node) -> str:
    body = node.get("body")
    if not isinstance(body, str):
        raise NotAsDocumentedError("text.body is not a string")
    return text_of(body)


def _location(node: Node) -> str:
    place = ", ".join(word for word in (text_of(node.get("name")), text_of(node.get("address"))) if word)
    latitude, longitude = node.get("latitude"), node.get("longitude")
    if not _is_number(latitude) or not _is_number(longitude):
        raise NotAsDocumentedError("location has no coordinates")
    point = f"{latitude}, {longitude}"
    words = f"Location: {place} ({point})" if place else f"Location: {point}"
    return " ".join(word for word in (words, line_of(node.get("url"), LONGEST_QUOTE)) if word)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def contacts_words(contacts: list[Any]) -> str:
    return "\n".join(_card(object_of(card, "contacts[]")) for card in contacts)


def _card(card: Node) -> str:
    words = [_name(card.get("name")), *_of_each(card, "phones", "phone", "wa_id"), *_of_each(card, "emails", "email")]
    organisation = card.get("org")
    if isinstance(organisation, dict):
        words.append(text_of(organisation.get("company")))
    return "Contact: " + ", ".join(word for word in words if word)


def _name(name: object) -> str:
    if not isinstance(name, dict):
        return ""
    parts = (text_of(name.get("first_name")), text_of(name.get("last_name")))
    return text_of(name.get("formatted_name")) or " ".join(part for part in parts if part)


def _of_each(card: Node, group: str, *fields: str) -> list[str]:
    """Of each object in one of a card's lists, the first field that is there."""
    nodes = [object_of(node, f"{group}[]") for node in list_of(card.get(group), group)]
    return [next((word for field in fields if (word := text_of(node.get(field)))), "") for node in nodes]


def reply_words(reply: Node) -> str:
    """The button or row that was chosen, as it stood there."""
    return "\n".join(word for word in (text_of(reply.get("title")), text_of(reply.get("description"))) if word)


def button_words(button: Node) -> str:
    return text_of(button.get("text")) or text_of(button.get("payload"))


def referral_words(referral: object) -> str:
    """The advertisement or post that led somebody here, in a line of its own; "" where there is none."""
    if not isinstance(referral, dict):
        return ""
    words = [line_of(referral.get(name), LONGEST_QUOTE) for name in ("headline", "body", "source_url")]
    source = "post" if referral.get("source_type") == "post" else "ad"
    told = " – ".join(word for word in words if word)
    return f"Came from the {source}: {told}" if told else ""


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


KINDS: Mapping[str, Callable[[Node], str]] = {"text": _body, "location": _location, "order": _order}
