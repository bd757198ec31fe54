"""Reading a large JSON text value by value: only one element of a list is in memory at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TextIO

from memory.imports.items import ExportError

PIECE = 256 * 1024  # characters
LARGEST = 16 * 1024 * 1024  # characters of one value
DEEPEST = 100
AFTER_NUMBER = 2  # characters that may follow a whole number and belong to it: 1 of 1e+5
_SPACE = " \t\r\n"


class JsonStream:
    """A cursor over the text. Each method expects what its name says to come next, and raises ExportError else."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._buffer = ""
        self._place = 0
        self._passed = 0  # characters before the buffer
        self._ended = False
        self._decoder = json.JSONDecoder()

    def members(self) -> Iterator[str]:
        """The keys of an object. Before the next one, whoever asks reads the key's value."""
        self._expect("{")
        if self._taken("}"):
            return
        while True:
            key = self.value()
            if not isinstance(key, str):
                raise self._broken()
            self._expect(":")
            yield key
            if self._taken("}"):
                return
            self._expect(",")

    def places(self) -> Iterator[None]:
        """Once for each element of a list, which whoever asks reads."""
        self._expect("[")
        if self._taken("]"):
            return
        while True:
            yield
            if self._taken("]"):
                return
            self._expect(",")

    def elements(self) -> Iterator[Any]:
        for _ in self.places():
            yield self.value()

    def scalar(self, depth: int = 0) -> Any:
        """The value where it is a plain one; objects and lists are passed over element by element, for None."""
        if depth > DEEPEST:
            raise self._broken()
        match self._next():
            case "{":
                for _ in self.members():
                    self.scalar(depth + 1)
            case "[":
                for _ in self.places():
                    self.scalar(depth + 1)
            case _:
                return self.value()
        return None

    def value(self) -> Any:
        self._next()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._buffer, self._place)
            except (ValueError, RecursionError):
                if not self._more():
                    raise self._broken() from None
                continue
            if len(self._buffer) - end <= AFTER_NUMBER and not self._ended and self._more():
                continue  # a number may go on
            self._place = end
            return value

    def _next(self) -> str:
        """The next character that is no space, which stays."""
        while True:
            while self._place < len(self._buffer) and self._buffer[self._place] in _SPACE:
                self._place += 1
            if self._place < len(self._buffer):
                return self._buffer[self._place]
            if not self._more():
                raise self._broken()

    def _taken(self, character: str) -> bool:
        if self._next() != character:
            return False
        self._place += 1
        return True

    def _expect(self, character: str) -> None:
        if not self._taken(character):
            raise self._broken()

    def _more(self) -> bool:
        """Read on; False where nothing is left, or the value is larger than any message."""
        if self._ended or len(self._buffer) - self._place > LARGEST:
            return False
        kept = self._buffer[self._place :]
        piece = self._file.read(max(PIECE, len(kept)))  # doubled, so that a large value is not parsed too often
        if not piece:
            self._ended = True
            return False
        self._passed += self._place
        self._buffer, self._place = kept + piece, 0
        return True

    def _broken(self) -> ExportError:
        where = self._passed + self._place
        if self._ended and self._place + 1 >= len(self._buffer.rstrip()):
            return ExportError("The file ends before its JSON does: the export was cut off.")
        return ExportError(f"Its JSON breaks after {where:,} characters.")
