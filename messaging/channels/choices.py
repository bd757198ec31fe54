"""Things to choose from, written out for where a service has no buttons for them: people answer with the number."""

from __future__ import annotations

from collections.abc import Sequence

from messaging.channels.base import Choice


def title_of(choice: Choice) -> str:
    """On one line, as buttons are."""
    return " ".join(choice.title.split())


def numbered(choices: Sequence[Choice]) -> str:
    return "\n".join(f"{number}. {_line(choice)}" for number, choice in enumerate(choices, start=1))


def _line(choice: Choice) -> str:
    return ": ".join(word for word in (title_of(choice), " ".join(choice.description.split())) if word)


def below(text: str, choices: Sequence[Choice]) -> str:
    """The text, and the choices below it."""
    return "\n\n".join(each for each in (text, numbered(choices)) if each)
