"""What Meta refuses in `POST /{phone_number_id}/messages`: required fields, lengths and counts, as CONTRACTS states."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import Any

from simulators.whatsapp.errors import GraphError, invalid, missing
from simulators.whatsapp.templates import Template, check_template

USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[0-9A-Za-z]{1,128}")
PHONE = re.compile(r"\+?[0-9][0-9 ()\-.]{3,24}")
MEDIA_TYPES = ("image", "video", "audio", "document", "sticker")
CAPTIONED = ("image", "video", "document")
MAX_OPAQUE = 512
MediaType = Callable[[str], str | None]  # of an id; None where there is no such file
TAKEN = {"image": {"image/jpeg", "image/png"}, "sticker": {"image/webp"}}


def check_message(body: dict[str, Any], media_type: MediaType, templates: Sequence[Template]) -> str:
    """The message's type; raises GraphError where Meta would refuse the message."""
    if body.get("messaging_product") != "whatsapp":
        raise missing("messaging_product")
    if body.get("recipient_type", "individual") not in {"individual", "group"}:
        raise GraphError(100, message="(#100) Param recipient_type must be one of {INDIVIDUAL, GROUP}")
    _check_recipient(body)
    _check_opaque(body.get("biz_opaque_callback_data"))
    if "context" in body:
        text(child(body, "context"), "message_id", "context", 1000)
    kind = body.get("type", "text")
    if kind in MEDIA_TYPES:
        _check_media(kind, child(body, kind), media_type)
    elif kind == "template":
        _check_template(body, templates)
    elif kind in CHECKS:
        CHECKS[kind](body)
    else:
        known = ", ".join(sorted(name.upper() for name in (*CHECKS, *MEDIA_TYPES, "template")))
        raise GraphError(100, message=f'(#100) Param type must be one of {{{known}}} - got "{kind}".')
    return str(kind)


def child(node: dict[str, Any], name: str) -> dict[str, Any]:
    """The object under a name; raises GraphError where it is missing or none."""
    value = node.get(name)
    if value is None:
        raise missing(name)
    if not isinstance(value, dict):
        raise GraphError(100, message=f"(#100) Param {name} must be a JSON object.")
    return value


def text(node: dict[str, Any], name: str, parent: str, longest: int, *, required: bool = True) -> str:
    """The string under a name, at most `longest` characters; raises GraphError."""
    value = node.get(name)
    if value is None and not required:
        return ""
    if value is None or value == "":
        raise missing(f"{parent}['{name}']")
    if not isinstance(value, str):
        raise GraphError(100, message=f"(#100) Param {parent}['{name}'] must be a string.")
    if len(value) > longest:
        raise GraphError(100, message=f"(#100) Param {parent}['{name}'] must be at most {longest} characters long.")
    return value


def listed(node: dict[str, Any], name: str, parent: str, least: int, most: int) -> list[dict[str, Any]]:
    """The list of objects under a name, with `least` to `most` entries; raises GraphError."""
    value = node.get(name)
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise missing(f"{parent}['{name}']")
    if not least <= len(value) <= most:
        raise invalid(f"Invalid {name} count. Min allowed {name}: {least}, Max allowed {name}: {most}")
    return value


def _check_recipient(body: dict[str, Any]) -> None:
    to, recipient = body.get("to"), body.get("recipient")
    if to is None and recipient is None:
        raise missing("to")
    if to is not None and (not isinstance(to, str) or not PHONE.fullmatch(to)):
        raise invalid("Param to is not a valid phone number")
    if to is None and (not isinstance(recipient, str) or not USER_ID.fullmatch(recipient)):
        raise invalid("Param recipient is not a valid business-scoped user ID")


def _check_opaque(value: object) -> None:
    if value is None:
        return
    if not isinstance(value, str):
        raise GraphError(100, message="(#100) Param biz_opaque_callback_data must be a string.")
    if len(value) > MAX_OPAQUE:
        message = f"(#100) Param biz_opaque_callback_data must be at most {MAX_OPAQUE} characters long."
        raise GraphError(100, message=message)


def _check_text(body: dict[str, Any]) -> None:
    node = child(body, "text")
    text(node, "body", "text", 4096)
    if not isinstance(node.get("preview_url", False), bool):
        raise GraphError(100, message="(#100) Param text['preview_url'] must be a boolean.")


def _check_media(kind: str, node: dict[str, Any], media_type: MediaType) -> None:
    media_id, link = node.get("id"), node.get("link")
    if (media_id is None) == (link is None):
        raise invalid(f"Param {kind} must have exactly one of id and link")
    if media_id is not None:
        _check_type(kind, media_type(str(media_id)))
    if link is not None and not str(link).startswith(("http://", "https://")):
        raise invalid(f"Param {kind}['link'] is not a valid URL")
    if "caption" in node and kind not in CAPTIONED:
        raise GraphError(100, message=f'(#100) Unexpected key "caption" on param "{kind}".')
    text(node, "caption", kind, 1024, required=False)
    text(node, "filename", kind, 240, required=False)


def _check_type(kind: str, mime_type: str | None) -> None:
    if mime_type is None:
        raise invalid(f"Param {kind}['id'] is not a valid whatsapp business account media attachment ID")
    mime_type = mime_type.partition(";")[0]
    if kind in TAKEN and mime_type not in TAKEN[kind]:
        raise GraphError(131053, f"{mime_type} cannot be sent as {kind}")
    if kind in {"audio", "video"} and mime_type.partition("/")[0] != kind:
        raise GraphError(131053, f"{mime_type} cannot be sent as {kind}")


def _check_location(body: dict[str, Any]) -> None:
    node = child(body, "location")
    for name, limit in (("latitude", 90.0), ("longitude", 180.0)):
        try:
            within = abs(float(node[name])) <= limit
        except (KeyError, TypeError, ValueError):
            raise missing(f"location['{name}']") from None
        if not within:
            raise invalid(f"Param location['{name}'] is out of range")
    text(node, "name", "location", 1000, required=False)
    text(node, "address", "location", 1000, required=False)


def _check_contacts(body: dict[str, Any]) -> None:
    for contact in listed(body, "contacts", "body", 1, 257):
        text(child(contact, "name"), "formatted_name", "contacts['name']", 1024)


def _check_reaction(body: dict[str, Any]) -> None:
    node = child(body, "reaction")
    text(node, "message_id", "reaction", 1000)
    if not isinstance(node.get("emoji"), str):  # "" takes the reaction away
        raise missing("reaction['emoji']")


def _check_interactive(body: dict[str, Any]) -> None:
    node = child(body, "interactive")
    kind = node.get("type")
    text(child(node, "body"), "text", "interactive['body']", 1024)
    if "footer" in node:
        text(child(node, "footer"), "text", "interactive['footer']", 60)
    header = node.get("header")
    if isinstance(header, dict) and header.get("type") == "text":
        text(header, "text", "interactive['header']", 60)
    action = child(node, "action")
    if kind == "button":
        _check_buttons(action)
    elif kind == "list":
        _check_list(action)
    elif kind == "cta_url":
        parameters = child(action, "parameters")
        text(parameters, "display_text", "parameters", 20)
        text(parameters, "url", "parameters", 2000)
    elif kind != "location_request_message":
        raise invalid("Param interactive['type'] must be one of button, list, cta_url, location_request_message")


def _check_buttons(action: dict[str, Any]) -> None:
    replies = [child(button, "reply") for button in listed(action, "buttons", "action", 1, 3)]
    for reply in replies:
        text(reply, "title", "reply", 20)
        text(reply, "id", "reply", 256)
    _check_unique([reply["id"] for reply in replies], "button id")
    _check_unique([reply["title"] for reply in replies], "button title")


def _check_list(action: dict[str, Any]) -> None:
    text(action, "button", "action", 20)
    sections = listed(action, "sections", "action", 1, 10)
    rows: list[dict[str, Any]] = []
    for section in sections:
        text(section, "title", "section", 24, required=len(sections) > 1)
        rows += listed(section, "rows", "section", 1, 10)
    if len(rows) > 10:
        raise invalid("Total row count exceed max allowed count: 10")
    for row in rows:
        text(row, "title", "row", 24)
        text(row, "id", "row", 200)
        text(row, "description", "row", 72, required=False)
    _check_unique([row["id"] for row in rows], "row id")


def _check_unique(values: Collection[str], what: str) -> None:
    if len(set(values)) != len(values):
        raise invalid(f"Duplicate {what}")


def _check_template(body: dict[str, Any], templates: Sequence[Template]) -> None:
    node = child(body, "template")
    name = text(node, "name", "template", 512)
    code = text(child(node, "language"), "code", "template['language']", 20)
    check_template(templates, name, code, node.get("components", []))


CHECKS: dict[str, Callable[[dict[str, Any]], None]] = {
    "text": _check_text,
    "location": _check_location,
    "contacts": _check_contacts,
    "reaction": _check_reaction,
    "interactive": _check_interactive,
}
