"""Text with styles, the form between the model's Markdown and what a channel shows.

Because a style is a property of each run of characters, a text can be cut anywhere: every piece is rendered by itself,
so its markers or tags are balanced by construction, and a code block cut in two is a code block in both pieces.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    link: str = ""  # the address behind the text
    pre: str | None = None  # inside a code block; its language, "" where none was named
    quote: bool = False


PLAIN = Style()


@dataclass(frozen=True, slots=True)
class Run:
    """Characters of one style. `aside` follows them where links cannot be hidden behind words: " (https://…)"."""

    text: str
    style: Style = PLAIN
    aside: str = ""


class RichText:
    """Runs that can be cut by character offset; an `aside` goes with the last character before it."""

    def __init__(self, runs: Iterable[Run]) -> None:
        self.runs = tuple(run for run in runs if run.text)
        self.text = "".join(run.text for run in self.runs)
        self._ends: list[int] = []
        end = 0
        for run in self.runs:
            end += len(run.text)
            self._ends.append(end)

    def __len__(self) -> int:
        return len(self.text)

    def cut(self, start: int, end: int) -> Sequence[Run]:
        """The runs between two offsets; a run cut before its last character loses its aside to the later piece."""
        first, last = bisect_right(self._ends, start), bisect_left(self._ends, end)
        pieces = []
        for index in range(first, min(last + 1, len(self.runs))):
            run, run_end = self.runs[index], self._ends[index]
            run_start = run_end - len(run.text)
            text = run.text[max(start - run_start, 0) : end - run_start]
            pieces.append(
                run if text == run.text else replace(run, text=text, aside=run.aside if end >= run_end else "")
            )
        return pieces


def plain_text(runs: Iterable[Run]) -> str:
    """The words without any format; the addresses of links stand in brackets after their words."""
    return "".join(run.text + run.aside for run in runs)
