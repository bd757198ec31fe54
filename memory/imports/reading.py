"""An exported file: which format it is, told by its content, and its text in the encoding it has."""

from __future__ import annotations

import codecs
import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal, TextIO

from memory.imports.items import REPLACEMENT, ExportError, name_of
from memory.imports.whatsapp import head_of

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer as Buffer

Format = Literal["whatsapp", "telegram", "jsonlines"]
LARGEST = 2 * 1024**3  # bytes of text, of an unpacked one too
MOST_PACKED = 200  # times: more than any text is, and so a bomb
SMALL = 10 * 1024**2  # bytes: below it, no ratio is asked for
MOST_MEMBERS = 200_000  # files in a zip: a chat's media lie beside it
LOOKED_AT = 200  # lines
_PIECE = 1024 * 1024
_CHAT_NAME = re.compile(
    r"^(?:WhatsApp[ -]Chat(?: with| -)?|Chat de WhatsApp(?: con)?|WhatsApp)[ -]+(?P<name>.+)$", re.IGNORECASE
)
_NAMELESS = {"_chat", "result", "messages", "chat"}


@dataclass
class Export:
    """`notes`: what an operator should know of how it was read."""

    path: Path
    member: str = ""  # of a zip
    size: int = 0  # bytes of text
    encoding: str = "utf-8"
    format: Format = "whatsapp"
    notes: list[str] = field(default_factory=list)
    _current: _Counting | None = None

    @property
    def position(self) -> int:
        """Bytes of the text read so far."""
        return 0 if self._current is None else self._current.count

    @property
    def name(self) -> str:
        """The chat's, where the file's name tells it."""
        for stem in (Path(self.member).stem, self.path.stem):
            if stem.lower() not in _NAMELESS and stem:
                match = _CHAT_NAME.match(stem)
                return name_of(match["name"] if match else stem)
        return name_of(self.path.absolute().parent.name) or "chat"

    @contextmanager
    def text(self) -> Iterator[TextIO]:
        """From the beginning, as often as it is asked for."""
        with self._bytes() as raw:
            errors = "strict" if self.encoding.startswith("utf-16") else "replace"
            with io.TextIOWrapper(io.BufferedReader(raw, _PIECE), encoding=self.encoding, errors=errors) as file:
                try:
                    yield file
                except UnicodeDecodeError:
                    raise ExportError("It looks like UTF-16, and is not all of it.") from None
                except (zipfile.BadZipFile, EOFError) as error:
                    raise ExportError(f"The zip is damaged: {error}") from None

    @contextmanager
    def _bytes(self) -> Iterator[_Counting]:
        if not self.member:
            with self.path.open("rb") as file:
                self._current = _Counting(file)
                yield self._current
        else:
            with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as packed:
                self._current = _Counting(packed)
                yield self._current


class _Counting(io.RawIOBase):
    """Counts what is read. Of a zip no more comes than it says it holds."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        piece = self._source.read(len(view))
        view[: len(piece)] = piece
        self.count += len(piece)
        return len(piece)


def opened(path: Path) -> Export:
    """Raises ExportError for what is no export, or too large to be one."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
        export = _packed(path) if magic.startswith(b"PK") else Export(path, size=path.stat().st_size)
        if export.size > LARGEST:
            raise ExportError(f"Its text has {export.size:,} bytes; {LARGEST:,} is the most.")
        export.encoding = _encoding(export)
        export.format = _format(export)
    except OSError as error:
        raise ExportError(f"It cannot be read: {error.strerror or type(error).__name__}.") from error
    except (zipfile.BadZipFile, EOFError) as error:
        raise ExportError(f"The zip is damaged: {error}") from error
    return export


def _packed(path: Path) -> Export:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise ExportError(f"The zip holds {len(members):,} files; {MOST_MEMBERS:,} is the most.")
    texts = [each for each in members if _is_text(each.filename)]
    chosen = [each for each in texts if Path(each.filename).name in ("_chat.txt", "result.json")] or texts
    if len(chosen) > 1 and len(named := [each for each in chosen if _CHAT_NAME.match(Path(each.filename).stem)]) == 1:
        chosen = named  # beside it lie text files that somebody sent
    if len(chosen) != 1:
        raise ExportError(f"The zip holds {len(chosen) or 'no'} texts that may be the chat; it must hold one.")
    [member] = chosen
    if member.flag_bits & 1:
        raise ExportError("The zip is locked with a password: unpack it first.")
    if member.file_size > max(SMALL, member.compress_size * MOST_PACKED):
        raise ExportError(f"The zip unpacks to {member.file_size:,} bytes, far more than a chat does: it is refused.")
    return Export(path, member=member.filename, size=member.file_size)


def _is_text(name: str) -> bool:
    return not name.startswith("__MACOSX/") and Path(name).suffix.lower() in (".txt", ".json", ".jsonl", ".ndjson")


def _encoding(export: Export) -> str:
    """UTF-8 where it is one, or nearly: a few broken characters don't make it another."""
    with export._bytes() as raw:  # noqa: SLF001 - of this module
        beginning = raw.read(4096) or b""
        if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        if beginning.count(0) * 4 > len(beginning):
            return "utf-16-le" if beginning[1::2].count(0) > beginning[::2].count(0) else "utf-16-be"
        well, wrong = _count_utf8(beginning, raw)
    if wrong and wrong * 10 > well:
        export.notes.append("It is not UTF-8: read as Windows-1252. Look whether accents are right.")
        return "cp1252"
    if wrong:
        export.notes.append(f"{wrong} broken characters in it became �.")
    return "utf-8-sig"


def _count_utf8(beginning: bytes, raw: _Counting) -> tuple[int, int]:
    """How many characters outside ASCII are well formed, and how many places are not."""
    others = wrong = 0
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    piece = beginning
    while piece:
        text = decoder.decode(piece)
        piece = raw.read(_PIECE) or b""
        if not text.isascii():
            wrong += text.count(REPLACEMENT)
            others += len(text) - len(text.encode("ascii", "ignore"))
    wrong += len(decoder.decode(b"", final=True))
    return others - wrong, wrong


def _format(export: Export) -> Format:
    with export.text() as file:
        beginning = file.read(65_536)
    lines = beginning.split("\n")[:LOOKED_AT]
    if beginning.lstrip().startswith("{"):
        if any(_is_message(line) for line in lines):
            return "jsonlines"
        if re.search(r'"(?:messages|chats|left_chats|about)"\s*:', beginning):
            return "telegram"
    elif any(head_of(line) for line in lines):
        return "whatsapp"
    raise ExportError(
        "It is none of these: WhatsApp's \"Export chat\" (text or zip), Telegram Desktop's result.json, "
        'JSON lines of {"id", "speaker", "text", "at"}.'
    )


def _is_message(line: str) -> bool:
    try:
        found = json.loads(line)
    except ValueError:
        return False
    return isinstance(found, dict) and "text" in found and "messages" not in found
