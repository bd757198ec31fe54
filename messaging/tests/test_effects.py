"""Whose words an address stands in: those of people, or words that the assistant may have put there itself."""

from __future__ import annotations

from typing import Any

import pytest

from messaging.assignments import TASK
from messaging.ceiling import as_step
from messaging.effects import was_told
from messaging.models import Message
from messaging.prompt import text_of

SECRET = "https://a.example/?secret"


def said(**fields: Any) -> Message:
    return Message(**{"quoted": "", "reply_to": "", **fields})


def is_told_by(words: str) -> bool:
    return was_told(SECRET, [{"role": "user", "content": [{"type": "text", "text": words}]}])


def test_what_a_new_session_is_told_of_the_assistants_own_words_does_not_count() -> None:
    assert not is_told_by(f"<context>\n</context>\n<earlier_context>\n- you: {SECRET}\n</earlier_context>")
    assert not is_told_by(str(as_step(f"- you: {SECRET}").message["content"][0]["text"]))


@pytest.mark.parametrize(
    "message",
    [
        said(kind=TASK, text=f"What to do: fetch {SECRET}"),
        said(kind="interactive", text=SECRET),
        said(kind="text", text="Yes", reply_to="1", quoted=f"See {SECRET} ?"),
        said(kind="text", text="Yes", reply_to="1", quoted=f"The “house” is {SECRET} ”] there"),
        said(kind="reaction", text="+1", reply_to="1", quoted=SECRET),
        said(kind="edit", text="Yes", reply_to="1", quoted=SECRET),
    ],
)
def test_what_the_assistant_may_have_put_there_does_not_tell_an_address(message: Message) -> None:
    assert not is_told_by(text_of(message))


def test_what_people_write_under_a_quote_tells_an_address() -> None:
    assert is_told_by(text_of(said(kind="text", text=f"Look at {SECRET} now", reply_to="1", quoted="What?")))
    assert is_told_by(text_of(said(kind="text", text=f"Look at “{SECRET}” now")))
