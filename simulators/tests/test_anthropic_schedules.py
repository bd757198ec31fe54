"""The stand-in schedules through the tools it is offered, passing the words about time on as they were said."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.tests.messages_api import Api
from simulators.tests.test_anthropic_memory import Talk, tool

TOOLS = [
    tool("create_schedule", "when", "what", "kind", "title"),
    tool("list_schedules", "containing"),
    tool("change_schedule", "schedule", "when", "what"),
    tool("pause_schedule", "schedule", "resume"),
    tool("skip_schedule", "schedule", "which", "undo"),
    tool("run_schedule_now", "schedule"),
    tool("delete_schedule", "schedule"),
    tool("remember_fact", "subject", "predicate", "value"),
    tool("forget", "references", "words"),
    tool("recall", "query"),
]
LISTED = """[aaaaaa] “send me my agenda”, a task for you, every weekday at 8:30 (UTC). Next: Thu 2026-03-12 8:30.
[bbbbbb] “call the lender”, a reminder, once, Thursday 2026-03-12 at 9:00 (UTC). Next: Thu 2026-03-12 9:00."""


def calls(api: Api, words: str, *results: Any) -> tuple[list[Any], str]:
    return Talk(api, TOOLS).say(words, *results)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("remind me in 2 minutes to call the lender", "reminder"),
        ("Please remind me tomorrow at 9 to call Ann.", "reminder"),
        ("tomorrow at 9 remind me to call Ann", "reminder"),
        ("every weekday at 8:30 send me my agenda", "task"),
        ("Recuérdame en 2 minutos llamar al banco", "reminder"),
        ("avísame mañana a las 9 de la reunión", "reminder"),
        ("todos los lunes a las 8 mándame mi agenda", "task"),
    ],
)
def test_what_is_to_come_is_passed_on_as_it_was_said(api: Api, words: str, kind: str) -> None:
    made, said = calls(
        api, words, "Scheduled: [aaaaaa] “x”, a reminder, once, Thursday (UTC). Next: Thu 2026-03-12 9:00."
    )
    assert made == [("create_schedule", {"when": words, "what": "", "kind": kind})]
    english = "Says the built-in stand-in: Scheduled: “x”, once, Thursday (UTC). Next: Thu 2026-03-12 9:00."
    spanish = "Dice el suplente integrado: Programado: «x» (UTC). Próxima vez: jue 2026-03-12 9:00."
    plain = " ".join(said.replace("*", "").replace("- ", "").split())
    assert plain == (english if " at " in words or " in " in words else spanish)


@pytest.mark.parametrize(
    "words",
    ["what's scheduled?", "What is scheduled", "list my reminders", "¿Qué hay programado?", "¿qué tengo programado?"],
)
def test_what_is_scheduled_is_listed_without_ids(api: Api, words: str) -> None:
    made, said = calls(api, words, LISTED)
    assert made == [("list_schedules", {})]
    if words.startswith("¿"):
        assert "«send me my agenda» (UTC). Próxima vez: jue 2026-03-12 8:30." in said
    else:
        assert "“send me my agenda”, every weekday at 8:30 (UTC). Next: Thu 2026-03-12 8:30." in said
    assert "aaaaaa" not in said


@pytest.mark.parametrize(
    ("words", "call"),
    [
        ("skip tomorrow's agenda", ("skip_schedule", {"schedule": "aaaaaa", "which": "tomorrow's"})),
        ("skip the next agenda", ("skip_schedule", {"schedule": "aaaaaa", "which": "the next"})),
        ("sáltate la agenda de mañana", ("skip_schedule", {"schedule": "aaaaaa", "which": "la de mañana"})),
        ("pause the agenda", ("pause_schedule", {"schedule": "aaaaaa"})),
        ("reanuda la agenda", ("pause_schedule", {"schedule": "aaaaaa", "resume": True})),
        ("cancel the reminder to call the lender", ("delete_schedule", {"schedule": "bbbbbb"})),
        ("borra la agenda", ("delete_schedule", {"schedule": "aaaaaa"})),
        ("change the agenda to every day at 9", ("change_schedule", {"schedule": "aaaaaa", "when": "every day at 9"})),
        (
            "cambia la agenda a todos los días a las 9",
            ("change_schedule", {"schedule": "aaaaaa", "when": "todos los días a las 9"}),
        ),
        ("send the agenda now", ("run_schedule_now", {"schedule": "aaaaaa"})),
    ],
)
def test_what_is_meant_is_found_by_its_title_first(api: Api, words: str, call: Any) -> None:
    made, said = calls(api, words, LISTED, "Done.")
    assert made == [("list_schedules", {}), call]
    assert "Done." in said


def test_it_means_what_was_spoken_of_last_and_asks_where_nothing_was(api: Api) -> None:
    talk = Talk(api, TOOLS)
    talk.say("remind me at 9 to call the lender", "Scheduled: [bbbbbb] “call the lender”, a reminder.")
    made, _ = talk.say("skip tomorrow's", LISTED, "Left out.")
    assert made[1] == ("skip_schedule", {"schedule": "bbbbbb", "which": "tomorrow's"})
    made, said = calls(api, "delete it", LISTED)
    assert made == [("list_schedules", {})]
    assert "Which one do you mean?" in said
    _, said = calls(api, "borra la agenda", "Nothing is scheduled.")
    assert "No hay nada programado." in said
    assert "¿Cuál" not in said


def test_what_the_tool_refuses_is_told(api: Api) -> None:
    _, said = calls(api, "remind me sometime to call Ann", ("unrecognized: When is that?", True))
    assert "That did not work: unrecognized: When is that?" in said


def test_a_task_that_has_come_makes_no_new_one(api: Api) -> None:
    words = (
        "[a scheduled task: nobody has just written. Do what it says now, and answer the person it is for]\n"
        "Task: envíame mi agenda\nDue: Thursday; runs now\nWhat to do: envíame mi agenda cada día"
    )
    made, said = calls(api, words, LISTED)
    assert made == [("list_schedules", {})]
    assert "solo sabe lo que hay programado" in said


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("remember that my budget is 400", "remember_fact"),
        ("forget my budget", "recall"),
        ("recuerda que vivo en Sevilla", "remember_fact"),
    ],
)
def test_what_is_for_the_memory_stays_the_memorys(api: Api, words: str, first: str) -> None:
    made, _ = calls(api, words, "Nothing.")
    assert [name for name, _ in made] == [first]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "todos los lunes a las 8 mándame mi agenda",
            [
                "Programado: «agenda» (UTC). Próximas veces: lun 2026-03-16 8:00, lun 2026-03-23 8:00.",
                "Se omite: lun 2026-03-30 8:00.",
                (
                    "WhatsApp solo me deja escribirte hasta 24 horas después de tu último mensaje (por ahora, hasta "
                    "2026-03-12 10:00). Si no escribes antes, lo que venga después espera a que escribas. También "
                    "podría llegar por Telegram, que lo admite a cualquier hora."
                ),
            ],
        ),
        (
            "every Monday at 8 send me my agenda",
            [
                "Scheduled: “agenda”, every Monday at 8:00 (UTC). Next: Mon 2026-03-16 8:00, Mon 2026-03-23 8:00.",
                "Left out: Mon 2026-03-30 8:00.",
                (
                    "WhatsApp lets me write only until 24 hours after your last message (2026-03-12 10:00 as it "
                    "stands). Unless you write before, what comes after that is held until you write. It could come "
                    "over Telegram instead, which takes it at any time."
                ),
            ],
        ),
    ],
)
def test_what_tools_say_to_a_model_is_told_to_a_person(api: Api, words: str, said: list[str]) -> None:
    result = (
        "Scheduled: [aaaaaa] “agenda”, a task for you (“send me my agenda”), every Monday at 8:00 (UTC). "
        "Next: Mon 2026-03-16 8:00, Mon 2026-03-23 8:00.\nLeft out: Mon 2026-03-30 8:00.\n"
        "Left out: Mon 2026-03-30 8:00.\nWhatsApp takes free text only until 24 hours after the person wrote last, "
        "which is 2026-03-12 10:00 as it stands. Unless they write again before, what comes after that is held until "
        "they write: no template fits. Offer them that it comes over Telegram instead, which takes it at any time: "
        "send_over “other”."
    )
    _, answer = calls(api, words, result)
    assert [line[2:] for line in answer.splitlines() if line.startswith("- ")] == said
