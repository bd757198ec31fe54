"""Reading a call's text, caption and buttons, with the limits and errors of the Bot API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulators.telegram.entities import Entity, as_html, parse_html, trimmed, units, written_entities
from simulators.telegram.errors import bad
from simulators.telegram.params import Params

MAX_TEXT, MAX_CAPTION = 4096, 1024  # UTF-16 units after parsing


@dataclass(frozen=True)
class Text:
    text: str
    entities: list[Entity]
    formatted: bool

    @property
    def html(self) -> str:
        return as_html(self.text, self.entities)

    def fields(self, name: str) -> dict[str, Any]:
        """As it stands in a message, under "text" or "caption"."""
        if not self.text:
            return {}
        entities_name = "entities" if name == "text" else "caption_entities"
        return {name: self.text, **({entities_name: self.entities} if self.entities else {})}


def read_text(params: Params, name: str = "text", *, required: bool = True) -> Text:
    """The text that a call sends; raises ApiError where it is empty, too long or badly formatted."""
    source, mode = params.text(name), params.text("parse_mode").lower()
    if mode == "html":
        text, entities = parse_html(source)
    elif mode in {"markdown", "markdownv2"}:
        raise bad("can't parse entities: this simulator does not read Markdown; send HTML or plain text")
    elif mode:
        raise bad("unsupported parse_mode")
    else:
        given = params.json("entities" if name == "text" else "caption_entities", list)
        text, entities = trimmed(source, _checked(given))
    if not text and required:
        raise bad("message text is empty")
    if units(text) > (MAX_TEXT if name == "text" else MAX_CAPTION):
        raise bad("message is too long" if name == "text" else "message caption is too long")
    formatted = bool(entities)
    if "\0" in text:
        raise bad("strings must be encoded in UTF-8")
    return Text(text, [*entities, *_found(text, entities)], formatted)


def _checked(given: list[Any]) -> list[Entity]:
    for entity in given:
        numbers = (entity.get("offset"), entity.get("length")) if isinstance(entity, dict) else (None, None)
        if not all(type(number) is int for number in numbers) or "type" not in entity:
            raise bad("can't parse MessageEntity: wrong fields")
    return given


def _found(text: str, entities: list[Entity]) -> list[Entity]:
    """What the service marks by itself, outside what the bot marked as link or code."""
    solid = [entity for entity in entities if entity["type"] in {"text_link", "code", "pre"}]
    return [
        found
        for found in written_entities(text)
        if not any(
            entity["offset"] < found["offset"] + found["length"]
            and found["offset"] < entity["offset"] + entity["length"]
            for entity in solid
        )
    ]


def read_markup(params: Params) -> dict[str, Any]:
    """The reply markup, {} where there is none; raises ApiError for buttons that the service refuses."""
    markup: dict[str, Any] = params.json("reply_markup", dict)
    rows = markup.get("inline_keyboard", [])
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad("can't parse reply keyboard markup JSON object")
    for button in (button for row in rows for button in row):
        _check_button(button)
    return markup


def _check_button(button: Any) -> None:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise bad("can't parse inline keyboard button: Can't find field \"text\"")
    if not button["text"]:
        raise bad("can't parse inline keyboard button: Text can't be empty")
    data = button.get("callback_data")
    if data is None and not set(button) & {"url", "login_url", "web_app", "copy_text", "switch_inline_query", "pay"}:
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if data is not None and not (isinstance(data, str) and 1 <= len(data.encode()) <= 64):
        raise bad("BUTTON_DATA_INVALID")


def shown_buttons(markup: dict[str, Any]) -> list[dict[str, Any]]:
    """The inline buttons as the phone gets them."""
    shown = []
    for button in (button for row in markup.get("inline_keyboard", []) for button in row):
        name, value = ("url", button["url"]) if "url" in button else ("data", button.get("callback_data"))
        shown.append({"text": button["text"], name: value})
    return shown
