"""What a delivery is to send, as it waits in the database: a part of an answer as JSON, its file beside it.

`text` and `plain` are there for every kind, for people who read the journal; a payload without a `kind` is a text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage

from messaging.channels.base import (
    Channel,
    Choice,
    ChoicePart,
    FilePart,
    Part,
    ReactionPart,
    TemplatePart,
    TextPart,
    TransportError,
)
from messaging.channels.choices import below

FILE_GONE = "file_gone"


def payload_of(part: Part, *, reply_to: str = "", path: str = "") -> dict[str, Any]:
    """The payload of a delivery; `path` is where a file lies in the storage, below its tenant's folder."""
    return {**_kept(part, path), **({"reply_to": reply_to} if reply_to else {})}


def _kept(part: Part, path: str) -> dict[str, Any]:
    if isinstance(part, TextPart):
        return {"text": part.text, "plain": part.plain}
    if isinstance(part, ChoicePart):
        words = {"kind": "choice", "text": part.text, "plain": part.plain, "button": part.button}
        return {**words, "choices": [asdict(choice) for choice in part.choices]}
    if isinstance(part, ReactionPart):
        return {"kind": "reaction", "text": part.emoji, "plain": part.emoji}
    if isinstance(part, TemplatePart):
        words = {"kind": "template", "text": part.plain, "plain": part.plain}
        return {**words, "name": part.name, "language": part.language, "values": list(part.values)}
    if not path:
        raise ValueError("a file waits in the storage, not in the database")
    file = {"kind": part.kind, "mime": part.mime, "name": part.name, "path": path}
    return {"kind": "file", "text": part.caption, "plain": part.plain_caption, "file": file}


def part_of(payload: Mapping[str, Any], tenant_id: UUID) -> Part:
    """What `payload_of` was given, its file read; raises TransportError where that is gone. Not in a transaction."""
    return READERS[payload.get("kind", "text")](payload, tenant_id)


def _text(payload: Mapping[str, Any], _tenant_id: UUID) -> TextPart:
    return TextPart(text=payload["text"], plain=payload["plain"])


def _choice(payload: Mapping[str, Any], _tenant_id: UUID) -> ChoicePart:
    choices = [Choice(**choice) for choice in payload["choices"]]
    return ChoicePart(text=payload["text"], plain=payload["plain"], choices=choices, button=payload["button"])


def _reaction(payload: Mapping[str, Any], _tenant_id: UUID) -> ReactionPart:
    return ReactionPart(emoji=payload["text"])


def _template(payload: Mapping[str, Any], _tenant_id: UUID) -> TemplatePart:
    return TemplatePart(
        name=payload["name"], language=payload["language"], values=payload["values"], plain=payload["plain"]
    )


def _file(payload: Mapping[str, Any], tenant_id: UUID) -> FilePart:
    file = payload["file"]
    return FilePart(
        kind=file["kind"],
        content=_read(file["path"], tenant_id),
        mime=file["mime"],
        name=file["name"],
        caption=payload["text"],
        plain_caption=payload["plain"],
    )


def _read(path: str, tenant_id: UUID) -> bytes:
    """The database's policies do not reach the files, so what lies outside of the tenant's folder is not looked at."""
    parts = PurePosixPath(path).parts
    if parts[:2] != ("tenants", str(tenant_id)) or ".." in parts:
        raise TransportError("The file is not one of the tenant's.", permanent=True, code=FILE_GONE)
    try:
        with default_storage.open(path) as opened:
            content: bytes = opened.read()
            return content
    except FileNotFoundError:
        raise TransportError("The file is gone.", permanent=True, code=FILE_GONE) from None
    except OSError as error:
        raise TransportError(f"The file cannot be read: {type(error).__name__}", code="file_unread") from None


READERS: Mapping[str, Callable[[Mapping[str, Any], UUID], Part]] = {
    "text": _text,
    "choice": _choice,
    "reaction": _reaction,
    "template": _template,
    "file": _file,
}


def in_words(payload: Mapping[str, Any]) -> str:
    """What the person gets, for people who read the journal and for Claude when it is told of an earlier talk."""
    kind, plain = payload.get("kind", "text"), str(payload.get("plain", ""))
    if kind == "file":
        return f"[file “{payload['file']['name']}”] {plain}".rstrip()
    if kind == "choice":
        return below(plain, [Choice(**choice) for choice in payload["choices"]])
    return f"[reacted with {plain}]" if kind == "reaction" else plain


def captioned(channel: Channel, file: FilePart, markdown: str) -> Sequence[Part]:
    """The file with these words under it, or before them where they are too long for that."""
    words = channel.render(markdown)
    if len(words) == 1 and _length(channel, words[0]) <= channel.capabilities.max_caption:
        return [replace(file, caption=words[0].text, plain_caption=words[0].plain)]
    return [file, *words]


def with_choices(channel: Channel, markdown: str, choices: Sequence[Choice], button: str = "") -> Sequence[Part]:
    """The words with things to choose from under the last of them, by themselves where there is no room under those."""
    words = channel.render(markdown)
    last = words[-1] if words else TextPart(text="", plain="")
    room = TextPart(text=below(last.text, choices), plain=below(last.plain, choices))  # as long as it gets anywhere
    if words and _length(channel, room) > channel.capabilities.max_text:
        last = TextPart(text="", plain="")
    else:
        words = words[:-1]
    return [*words, ChoicePart(text=last.text, plain=last.plain, choices=choices, button=button)]


def _length(channel: Channel, part: TextPart) -> int:
    """At least as long as the service counts it; Telegram counts what is seen, and the plain text is no shorter."""
    if channel.capabilities.text_units == "utf16":
        return len(part.plain.encode("utf-16-le")) // 2
    return max(len(part.text), len(part.plain))
