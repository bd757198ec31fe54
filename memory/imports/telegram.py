"""Telegram Desktop's export as JSON (result.json): one chat, or a whole account's."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from memory.imports.items import (
    LONGEST_NAME,
    Began,
    Broken,
    ExportError,
    Item,
    LeftOut,
    check_year,
    name_of,
    placed,
    said,
)
from memory.imports.json_stream import JsonStream

ANSWERED = 5_000  # messages back, at most, whose words an answer to them can bring
NEAR = 3  # messages back whose words stand in the answer's own window anyway
QUOTED = 80  # characters
LISTED = 30  # names of chats
_CHATS = ("chats", "left_chats")


class Reader:
    """Of several chats in the file only the one that `chosen` names is read, or all; a single one is read anyway."""

    def __init__(self, zone: ZoneInfo, names: Sequence[str], chosen: str = "") -> None:
        self._zone = zone
        self._names = names
        self._chosen = chosen
        self._earlier: OrderedDict[int, str] = OrderedDict()
        self._last: datetime | None = None

    def read(self, file: TextIO) -> Iterator[Item]:
        """Raises ExportError where the JSON breaks, or where no chat has the name."""
        if len(self._names) > 1 and self._chosen and self._chosen not in self._names:
            listed = ", ".join(sorted(self._names)[:LISTED])
            raise ExportError(f"No chat in it is named {self._chosen!r}. There are: {listed}.")
        for (_, _, stream), name in zip(_chats(JsonStream(file)), self._names, strict=False):
            wanted = not self._chosen or len(self._names) == 1 or name == self._chosen
            if wanted:
                yield Began(chat=name)
            self._earlier.clear()
            self._last = None
            for message in stream.elements():
                if wanted:
                    yield self._item(message)

    def _item(self, message: Any) -> Item:
        number = message.get("id") if isinstance(message, dict) else None
        if not isinstance(number, int):
            return Broken(where="a message", why="has no id")
        if message.get("type") == "service":
            return LeftOut(why="notices of Telegram")
        try:
            return self._said(number, message)
        except (ValueError, TypeError, OverflowError, OSError) as error:
            return Broken(where=f"message {number}", why=str(error))

    def _said(self, number: int, message: Mapping[str, Any]) -> Item:
        words = "\n".join(part for part in (medium(message), text_of(message.get("text", ""))) if part)
        if not words.strip():
            return LeftOut(why="empty messages")
        at = self._time(message)
        before = self._before(number, message)
        self._earlier[number] = words[: QUOTED + 1]
        if len(self._earlier) > ANSWERED:
            self._earlier.popitem(last=False)
        speaker = message.get("from") or message.get("from_id") or ""
        return said(id=str(number), speaker=str(speaker), text=f"{before}{words}", at=at)

    def _before(self, number: int, message: Mapping[str, Any]) -> str:
        """That it is forwarded, or what it answers where that was said long before."""
        if (origin := message.get("forwarded_from")) is not None or "forwarded_from" in message:
            return f"[forwarded from {name_of(str(origin or 'somebody'))}] "
        answered = message.get("reply_to_message_id")
        if not isinstance(answered, int) or answered not in self._earlier or answered in list(self._earlier)[-NEAR:]:
            return ""
        quoted = " ".join(self._earlier[answered].split())
        return f"[in reply to “{quoted[:QUOTED]}{'…' if len(quoted) > QUOTED else ''}”] "

    def _time(self, message: Mapping[str, Any]) -> datetime:
        if (seconds := message.get("date_unixtime")) is not None:
            self._last = datetime.fromtimestamp(int(seconds), UTC)
        else:
            written = datetime.fromisoformat(str(message.get("date", "")))
            check_year(written)
            self._last = written.astimezone(UTC) if written.tzinfo else placed(written, self._zone, self._last)
        check_year(self._last)
        return self._last


def names_of(file: TextIO) -> list[str]:
    """The chats in the file, in its order, up to where it breaks off: reading them tells that.

    Of those with one name each has its number behind it.
    """
    found: list[tuple[str, str]] = []
    with suppress(ExportError):
        for name, number, stream in _chats(JsonStream(file)):
            found.append((name, number))
            for _ in stream.elements():
                pass
    named = Counter(name for name, _ in found)
    return [f"{name[: LONGEST_NAME - 24]} ({number})" if named[name] > 1 else name for name, number in found]


def _chats(stream: JsonStream) -> Iterator[tuple[str, str, JsonStream]]:
    """Each chat as its messages begin: whoever gets it reads these before the next."""
    about: dict[str, Any] = {}
    for key in stream.members():
        if key in _CHATS:
            for inner in stream.members():
                if inner == "list":
                    for _ in stream.places():
                        yield from _chats(stream)
                else:
                    stream.value()
        elif key == "messages":
            yield _name(about), str(about.get("id", "")), stream
        else:
            about[key] = stream.scalar()


def _name(about: Mapping[str, Any]) -> str:
    if name := name_of(str(about.get("name") or "")):
        return name
    if about.get("type") == "saved_messages":
        return "Saved Messages"
    return f"Deleted account ({about.get('id', 'unknown')})"


def text_of(text: Any) -> str:
    """The words of a text that is a string, or a list of strings and of entities with a text."""
    if isinstance(text, str):
        return text
    if not isinstance(text, list):
        raise ValueError("has a text that is neither a string nor a list")  # noqa: TRY004 - all refusals alike
    return "".join(part if isinstance(part, str) else _entity(part) for part in text)


def _entity(part: Any) -> str:
    words = str(part.get("text", "")) if isinstance(part, dict) else ""
    link = part.get("href") if isinstance(part, dict) and part.get("type") == "text_link" else None
    return f"{words} ({link})" if link else words


_KINDS = {
    "voice_message": "voice message",
    "video_message": "video message",
    "video_file": "video",
    "audio_file": "audio",
    "animation": "animation",
    "sticker": "sticker",
}


def medium(message: Mapping[str, Any]) -> str:
    """A note of what the message brings beside its words, "" for nothing."""
    notes: list[str] = []
    if message.get("photo"):
        notes.append("photo")
    if kind := message.get("media_type"):
        about = message.get("sticker_emoji") or message.get("title") or ""
        notes.append(f"{_KINDS.get(str(kind), str(kind))} {about}".rstrip())
    elif message.get("file"):
        notes.append(str(message.get("file_name") or "file"))
    place = message.get("location_information")
    if isinstance(place, dict):
        named = ", ".join(str(message[key]) for key in ("place_name", "address") if message.get(key))
        notes.append(f"location {named or ''}".rstrip() + f" {place.get('latitude')}, {place.get('longitude')}")
    person = message.get("contact_information")
    if isinstance(person, dict):
        fields = (str(person.get(key) or "") for key in ("first_name", "last_name", "phone_number"))
        notes.append(" ".join(("contact", *(each for each in fields if each))))
    notes += _asked(message)
    return " ".join(f"[{note}]" for note in notes)


def _asked(message: Mapping[str, Any]) -> list[str]:
    notes = [f"game {message['game_title']}"] if message.get("game_title") else []
    poll = message.get("poll")
    if isinstance(poll, dict):
        answers = [str(each.get("text", "")) for each in poll.get("answers") or [] if isinstance(each, dict)]
        notes.append(f"poll: {poll.get('question', '')} {' / '.join(answers)}".rstrip())
    invoice = message.get("invoice_information")
    if isinstance(invoice, dict):
        notes.append(f"invoice {invoice.get('title', '')}".rstrip())
    return notes
