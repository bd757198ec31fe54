"""The stand-in reaches tools only through what it is offered, speaks two languages, and says what it is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulators.tests.messages_api import CLOCK, FETCH, Api, assistant, result, text, user

TOOLS = [CLOCK, FETCH]


def said(answer: dict[str, Any]) -> str:
    assert answer["stop_reason"] == "end_turn", answer
    return "".join(block["text"] for block in answer["content"])


def calls(answer: dict[str, Any]) -> list[tuple[str, Any]]:
    assert answer["stop_reason"] == "tool_use", answer
    return [(block["name"], block["input"]) for block in answer["content"]]


def after(api: Api, question: str, *results: str, is_error: bool = False, tools: Any = TOOLS) -> str:
    """What is said once the tools that were called have answered."""
    asked = api.create(question, tools=tools)
    answers = [
        {**result(block["id"], content), "is_error": is_error}
        for block, content in zip(asked["content"], results, strict=True)
    ]
    return said(api.create([user(question), assistant(asked["content"]), user(answers)], tools=tools))


@pytest.mark.parametrize(
    "question", ["What time is it?", "hi, what's the date today", "¿Qué hora es?", "que dia es hoy"]
)
def test_the_time_is_asked_of_the_tool_that_is_offered(api: Api, question: str) -> None:
    assert calls(api.create(question, tools=TOOLS)) == [("current_time", {})]
    assert "stand-in" in said(api.create("Hello")) or "suplente" in said(api.create("Hello"))
    untold = said(api.create(question))
    assert "clock" in untold or "reloj" in untold


def test_the_answer_is_phrased_from_the_result_in_the_persons_language(api: Api) -> None:
    assert after(api, "What time is it?", "Sunday 13:05") == "It is **Sunday 13:05**."
    assert after(api, "¿Qué hora es?", "domingo 13:05") == "Ahora es **domingo 13:05**."
    found = json.dumps({"now": "13:05", "timezone": "Europe/Madrid"})
    assert after(api, "What time is it?", found) == "It is **13:05, Europe/Madrid**."
    assert "no zone" in after(api, "What time is it?", "no zone", is_error=True)


def test_links_are_fetched_together_and_summed_up(api: Api) -> None:
    question = "Read https://a.example/x?y=1, and (https://b.example). Again: https://b.example"
    urls = [{"url": "https://a.example/x?y=1"}, {"url": "https://b.example"}]
    assert calls(api.create(question, tools=TOOLS)) == [("fetch_url", url) for url in urls]
    page = json.dumps({"title": "Title", "text": "One. Two. Three. Four."})
    answer = after(api, question, page, "Plain words.\nMore.")
    assert "**Title**" in answer
    assert "> One. Two. Three." in answer
    assert "Four" not in answer
    assert "> Plain words. More." in answer
    failed = after(api, "Mira https://a.example, por favor", "blocked", is_error=True)
    assert failed == "No pude leer https://a.example: blocked"
    assert "understood" in said(api.create("Read https://a.example"))


@pytest.mark.parametrize(
    ("words", "tool", "answer"),
    [
        ("Please send me a file", "send_file", "A file of the **built-in stand-in**."),
        ("mándame un archivo", "send_file", "Un archivo del **suplente integrado**."),
        ("Can I talk to a person?", "ask_for_a_person", "I passed it on to the team."),
        ("Quiero hablar con una persona", "ask_for_a_person", "Se lo he dicho al equipo."),
        ("Show me some options", "offer_choices", "**built-in stand-in**"),
        ("dame opciones, por favor", "offer_choices", "**suplente integrado**"),
        ("React to this!", "react", "**built-in stand-in**"),
        ("ponme una reacción", "react", "**suplente integrado**"),
    ],
)
def test_files_choices_and_reactions_are_asked_of_their_tools(api: Api, words: str, tool: str, answer: str) -> None:
    tools = [{**CLOCK, "name": tool}]
    asked = api.create(words, tools=tools)
    assert [name for name, _ in calls(asked)] == [tool]
    assert answer in after(api, words, "It goes out.", tools=tools)
    assert "boom" in after(api, words, "boom", is_error=True, tools=tools)
    assert said(api.create(words, tools=TOOLS))


def test_two_wishes_are_two_calls(api: Api) -> None:
    answer = api.create("What time is it, and what is on https://a.example ?", tools=TOOLS)
    assert sorted(name for name, _ in calls(answer)) == ["current_time", "fetch_url"]
    assert said(api.create("What time is it?", tools=TOOLS, tool_choice={"type": "none"}))


def test_abilities_are_those_offered(api: Api) -> None:
    listed = said(api.create("What can you do?", tools=TOOLS))
    assert "- **current_time** – Tell the time" in listed
    assert "- **fetch_url** – Read a page" in listed
    assert "no tools" in said(api.create("What can you do?"))
    assert "herramientas" in said(api.create("¿Qué puedes hacer?", tools=TOOLS))


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("Hello!", "Hello!"),
        ("Buenos días", "¡Hola!"),
        ("Thanks a lot", "You're welcome"),
        ("muchas gracias", "Con mucho gusto"),
        ("See you", "Goodbye"),
        ("I like trains", "no real model is connected"),
        ("Me gustan los trenes", "no hay un modelo real conectado"),
    ],
)
def test_small_talk(api: Api, words: str, answer: str) -> None:
    assert answer in said(api.create(words))


def test_anything_else_is_answered_honestly_with_what_was_understood(api: Api) -> None:
    told = [user([text("<context>\nThe sender is Ana, hello.\n</context>"), text("Paint the fence.")])]
    answer = said(api.create(told))
    assert "> Paint the fence." in answer
    assert "Ana" not in answer
    assert "**built-in stand-in**" in answer
    assert "- *what can you do?*" in answer
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "eA=="}}
    assert "no text" in said(api.create([user([picture])]))


def test_a_tool_without_a_rule_is_reported(api: Api) -> None:
    tool = {**CLOCK, "name": "weigh"}
    api.script({"content": [{"type": "tool_use", "name": "weigh", "input": {}}]})
    assert after(api, "Weigh it", "3 kg", tools=[tool]) == "`weigh` answered: 3 kg"


def test_what_a_schema_requires_is_given(api: Api) -> None:
    schema = {
        "type": "object",
        "properties": {
            "timezone": {"type": ["string", "null"], "default": "UTC"},
            "style": {"enum": ["long", "short"]},
            "extra": {"type": "integer"},
        },
        "required": ["timezone", "style"],
    }
    answer = api.create("What time is it?", tools=[{**CLOCK, "input_schema": schema}])
    assert calls(answer) == [("current_time", {"timezone": "UTC", "style": "long"})]


def test_a_format_that_is_asked_for_is_kept(api: Api) -> None:
    schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "facts": {"type": "array", "items": {"type": "string"}},
            "done": {"type": "boolean"},
            "kind": {"$ref": "#/$defs/kind"},
            "note": {"anyOf": [{"type": "null"}, {"type": "string"}]},
        },
        "required": ["facts", "done", "kind", "note"],
        "$defs": {"kind": {"const": "fact"}},
    }
    answer = api.create("Sum up", output_config={"format": {"type": "json_schema", "schema": schema}})
    assert json.loads(said(answer)) == {"facts": [], "done": False, "kind": "fact", "note": None}
