"""The stand-in tells, finds, corrects and forgets through the tools it is offered, step by step, in two languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from simulators.tests.messages_api import Api, assistant, result, text, user

FACT = "fact:0197a3b4-0000-7000-8000-000000000001"
MESSAGE = "message:0197a3b4-0000-7000-8000-000000000002"
OTHER = "fact:0197a3b4-0000-7000-8000-000000000003"
SYSTEM = f"""You are an assistant.

<memory_facts>
- Alice, budget: $450,000 (said by the owner on 2025-03-05) [{FACT}]
- Alice, lives in: Austin (since 2024-03-01, said by the owner on 2024-03-05) [{OTHER}]
</memory_facts>"""


def tool(name: str, *arguments: str) -> dict[str, Any]:
    properties: dict[str, Any] = {argument: {} for argument in arguments}
    return {"name": name, "description": name, "input_schema": {"type": "object", "properties": properties}}


TOOLS = [
    tool("remember_fact", "subject", "predicate", "value", "since", "until", "correction", "several"),
    tool("forget", "references", "words"),
    tool("where_from", "reference"),
    tool("facts_about", "subject", "at"),
    tool("recall", "query", "limit"),
    {"type": "memory_20250818", "name": "memory"},
]
Call = tuple[str, dict[str, Any]]


class Talk:
    """A chat that goes on: what is answered to each call is given, and every call is kept."""

    def __init__(self, api: Api, tools: Sequence[dict[str, Any]] = TOOLS, system: str = "") -> None:
        self.api = api
        self.tools = tools
        self.more: dict[str, Any] = {"system": system} if system else {}
        self.messages: list[dict[str, Any]] = []

    def say(self, words: str, *results: str | tuple[str, bool]) -> tuple[list[Call], str]:
        context = "<context>\nTime: Monday\nFrom: Alice, owner\n</context>"
        self.messages.append(user([text(context), text(words)]))
        calls: list[Call] = []
        left = list(results)
        while True:
            answer = self.api.create(self.messages, tools=self.tools, **self.more)
            self.messages.append(assistant(answer["content"]))
            asked: list[Any] = [block for block in answer["content"] if block["type"] == "tool_use"]
            if not asked:
                assert left == []
                return calls, "".join(block["text"] for block in answer["content"])
            calls += [(block["name"], block["input"]) for block in asked]
            self.messages.append(user([told(block["id"], left.pop(0)) for block in asked]))


def told(call: str, given: str | tuple[str, bool]) -> Any:
    words, is_error = (given, False) if isinstance(given, str) else given
    return {**result(call, words), "is_error": is_error}


@pytest.mark.parametrize(
    ("words", "subject", "predicate", "value"),
    [
        ("My budget is $450,000.", "me", "budget", "$450,000"),
        ("Remember that my sister’s name is Ana", "me", "sister’s name", "Ana"),
        ("Please remember that Nora's favourite street is Elm Street.", "Nora", "favourite street", "Elm Street"),
        ("remember: I live in Austin", "me", "live in", "Austin"),
        ("Mi presupuesto es 450.000 €", "me", "presupuesto", "450.000 €"),
        ("Mi presupuesto es de 300.000 euros", "me", "presupuesto", "300.000 euros"),
        ("Recuerda que la talla de Nuria es la 38", "Nuria", "talla", "la 38"),
        ("recuerda que soy alérgica al látex", "me", "note", "soy alérgica al látex"),
        ("Recuerda que vivo en Sevilla", "me", "vivo en", "Sevilla"),
        ("Remember that the gate sticks in winter", "me", "note", "the gate sticks in winter"),
    ],
)
def test_what_is_told_becomes_a_fact(api: Api, words: str, subject: str, predicate: str, value: str) -> None:
    calls, answer = Talk(api).say(words, "Remembered.")
    [(name, given)] = calls
    assert name == "remember_fact"
    assert (given["subject"], given["predicate"], given["value"]) == (subject, predicate, value)
    assert given.get("several", False) == (predicate == "note")
    assert "Remembered." in answer
    assert "stand-in" in answer or "suplente" in answer


def test_a_refusal_is_told(api: Api) -> None:
    _, answer = Talk(api).say("My budget is 1", ("It is locked.", True))
    assert answer == "That did not work: It is locked."


def test_what_stands_in_the_prompt_is_told_without_a_tool_and_else_searched(api: Api) -> None:
    calls, answer = Talk(api, system=SYSTEM).say("What is my budget?")
    assert calls == []
    assert "**$450,000** (said by the owner on 2025-03-05)" in answer
    calls, answer = Talk(api, system=SYSTEM).say("What's my dentist?", "2025-03-04 09:12 Alice: Dr. Paz")
    assert calls == [("recall", {"query": "What's my dentist?"})]
    assert "Dr. Paz" in answer
    calls, answer = Talk(api).say("¿Cuál es mi presupuesto?", "2025-03-04 09:12 Alicia: 450")
    assert calls[0][0] == "recall"
    assert "Alicia: 450" in answer


def test_a_correction_is_of_what_the_chat_was_about(api: Api) -> None:
    talk = Talk(api, system=SYSTEM)
    talk.say("What is my budget?")
    calls, _ = talk.say("No, it's $500,000", "Corrected.")
    assert calls == [
        ("remember_fact", {"subject": "Alice", "predicate": "budget", "value": "$500,000", "correction": True})
    ]
    assert "**$500,000**" in talk.say("what is my budget?")[1]  # newer than what the prompt says
    calls, _ = talk.say("That's wrong, my budget is $510,000.", "Corrected.")
    assert calls[0][1]["value"] == "$510,000"
    calls, _ = talk.say("Eso está mal, mi presupuesto es 520.000", "Corregido.")
    assert calls[0][1] | {"several": None} == {
        "subject": "me",
        "predicate": "presupuesto",
        "value": "520.000",
        "correction": True,
        "several": None,
    }


def test_the_source_is_asked_by_the_facts_reference(api: Api) -> None:
    talk = Talk(api, system=SYSTEM)
    talk.say("What is my budget?")
    calls, answer = talk.say("Where did you get that?", "2025-03-05 10:00 Alice over WhatsApp: My budget is $450,000")
    assert calls == [("where_from", {"reference": FACT})]
    assert "over WhatsApp" in answer
    talk = Talk(api)
    talk.say("My budget is $450,000", "Remembered.")
    calls, _ = talk.say("¿De dónde sacaste eso?", f"[{FACT}] Alice, budget: $450,000", "Alice said so")
    assert calls == [("recall", {"query": "budget $450,000"}), ("where_from", {"reference": FACT})]


def test_forgetting_finds_first_and_names_references_and_passages(api: Api) -> None:
    talk = Talk(api, system=SYSTEM)
    talk.say("What is my budget?")
    found = (
        f"[{FACT}]\nAlice, budget: $450,000\n\n[{MESSAGE}]\n2025-03-05 10:00 Alice: My budget is $450,000\n\n"
        f"[{OTHER}]\nAlice lives in Austin"
    )
    calls, answer = talk.say("Forget that.", found, "1 fact and 1 message are gone.")
    assert calls == [
        ("recall", {"query": "budget $450,000"}),
        ("forget", {"references": [FACT, MESSAGE], "words": ["$450,000"]}),
    ]
    assert "1 fact and 1 message are gone." in answer


def test_a_short_value_is_not_seen_in_times_and_references(api: Api) -> None:
    size = "fact:0197a3b4-0000-7000-8000-000000000042"
    talk = Talk(api, system=f"<memory_facts>\n- Alice, shirt size: 42 (said by the owner on 2025-03-05) [{size}]")
    found = f"[{size}]\nAlice, shirt size: 42\n\n[fact:0197a3b4-0000-42-8000]\n[{MESSAGE}]\n2025-03-05 10:42 Alice: Hi"
    calls, _ = talk.say("Forget my shirt size", found, "1 fact is gone.")
    assert calls[1] == ("forget", {"references": [size], "words": ["42"]})


def test_what_was_noted_down_is_forgotten_by_its_passage(api: Api) -> None:
    talk = Talk(api)
    talk.say("Note that 14 Elm Street is sold about our listings", ("The path does not exist.", True), "File created")
    found = "[/memories/knowledge/listings.md]\n- 14 Elm Street is sold"
    calls, _ = talk.say("Forget that", found, "1 document is changed.")
    assert calls[0] == ("recall", {"query": "14 Elm Street is sold"})
    assert calls[1][1]["words"] == ["14 Elm Street is sold"]


def test_nothing_found_is_not_forgotten(api: Api) -> None:
    calls, answer = Talk(api).say("Olvida mi talla de zapatos", "Nothing was found.")
    assert [name for name, _ in calls] == ["recall"]
    assert "No encontré nada" in answer


def test_a_note_goes_into_a_document_that_is_made_or_added_to(api: Api) -> None:
    path = "/memories/knowledge/listings.md"
    calls, answer = Talk(api).say(
        "Note that 14 Elm Street is sold about our listings", ("The path does not exist.", True), "File created"
    )
    assert calls == [
        ("memory", {"command": "view", "path": path}),
        ("memory", {"command": "create", "path": path, "file_text": "# Listings\n\n- 14 Elm Street is sold\n"}),
    ]
    assert path in answer
    lines = ("# Listings", "", "- 14 Elm Street", "")
    seen = "\n".join([f"{path} with line numbers:", *(f"{at:6}\t{line}" for at, line in enumerate(lines, start=1))])
    calls, _ = Talk(api).say("Anota en listings: 9 Oak Road baja a 300.000", seen, "edited")
    assert calls[1][1] | {"insert_text": ""} == {"command": "insert", "path": path, "insert_line": 3, "insert_text": ""}


def test_what_is_known_is_asked_of_the_facts_or_searched(api: Api) -> None:
    calls, answer = Talk(api).say("What do you know about me?", "- Alice, budget: $450,000")
    assert calls == [("facts_about", {"subject": "me"})]
    assert "$450,000" in answer
    calls, _ = Talk(api).say("¿Qué sabes de Nuria?", "- Nuria, talla: 38")
    assert calls == [("facts_about", {"subject": "Nuria"})]
    less = [each for each in TOOLS if each["name"] != "facts_about"]
    calls, _ = Talk(api, tools=less).say("¿Qué sabes de mí?", "nothing")
    assert calls == [("recall", {"query": "¿Qué sabes de mí?"})]
    calls, _ = Talk(api).say("What did we say about the boiler?", "2025: It leaks")
    assert calls == [("recall", {"query": "the boiler"})]


def test_without_the_tools_it_is_small_talk(api: Api) -> None:
    calls, answer = Talk(api, tools=[]).say("My budget is 3")
    assert calls == []
    assert "no real model is connected" in answer
