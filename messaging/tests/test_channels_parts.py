"""What choices, reactions and drafts are on the wire, where the services' limits turn them into something else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from messaging.channels import get_channel
from messaging.channels.base import Choice, ChoicePart, ReactionPart, Sent, TextPart, TransportError
from messaging.tests.one_part import (
    DELIVERY,
    KINDS,
    TELEGRAM_DONE,
    TELEGRAM_SENT,
    WHATSAPP_SENT,
    credentials,
    failure,
    refused,
    send,
)
from messaging.tests.scripted_service import ScriptedService, Step

YES_NO = [Choice(id="y", title="Sí 👍"), Choice(id="n", title="No")]


@pytest.fixture
def service() -> Iterator[ScriptedService]:
    with ScriptedService() as running:
        yield running


def choices(*choices: Choice, text: str = "<b>¿Vienes?</b>", plain: str = "¿Vienes?", button: str = "") -> ChoicePart:
    return ChoicePart(text=text, plain=plain, choices=choices, button=button)


def many(count: int, **more: Any) -> list[Choice]:
    return [Choice(id=f"c{index}", title=f"Día {index}", **more) for index in range(count)]


# Choices


def test_whatsapp_shows_three_choices_as_buttons(service: ScriptedService) -> None:
    part = choices(*YES_NO, Choice(id="m", title="Quizá\nmañana"), text="*¿Vienes?*")
    assert send(service, "whatsapp", part, WHATSAPP_SENT, reply_to="wamid.Q") == Sent(external_id="wamid.A")
    (call,) = service.received
    assert call.body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "34600111222",
        "type": "interactive",
        "interactive": {
            "type": "button",
            "body": {"text": "*¿Vienes?*"},
            "action": {
                "buttons": [
                    {"type": "reply", "reply": {"id": "y", "title": "Sí 👍"}},
                    {"type": "reply", "reply": {"id": "n", "title": "No"}},
                    {"type": "reply", "reply": {"id": "m", "title": "Quizá mañana"}},
                ]
            },
        },
        "context": {"message_id": "wamid.Q"},
        "biz_opaque_callback_data": DELIVERY,
    }


@pytest.mark.parametrize(
    "offered",
    [many(4), many(10), many(2, description="por la tarde"), [Choice(id="a", title="x" * 24)], [YES_NO[0], *many(3)]],
)
def test_whatsapp_shows_more_choices_as_a_list(service: ScriptedService, offered: Sequence[Choice]) -> None:
    send(service, "whatsapp", choices(*offered, button="Elige uno de los días"), WHATSAPP_SENT)
    shown = service.received[0].body["interactive"]
    assert shown["type"] == "list"
    assert shown["action"]["button"] == "Elige uno de los día"
    (section,) = shown["action"]["sections"]
    assert [(row["id"], row["title"], row.get("description", "")) for row in section["rows"]] == [
        (choice.id, choice.title, choice.description) for choice in offered
    ]


def test_a_list_needs_something_to_open_it(service: ScriptedService) -> None:
    send(service, "whatsapp", choices(*many(5)), WHATSAPP_SENT)
    assert service.received[0].body["interactive"]["action"]["button"] == "☰"


@pytest.mark.parametrize(
    ("offered", "text"),
    [
        (many(11), "¿Cuál?"),
        ([Choice(id="a", title="x" * 25)], "¿Cuál?"),
        (many(2, description="d" * 73), "¿Cuál?"),
        (many(2), "x" * 1025),
        ([Choice(id="a", title="Lunes"), Choice(id="a", title="Martes")], "¿Cuál?"),
        ([Choice(id="a", title=" ")], "¿Cuál?"),
        ([Choice(id="x" * 201, title="Lunes")], "¿Cuál?"),
        ([], "¿Cuál?"),
    ],
)
def test_whatsapp_writes_out_what_fits_neither(service: ScriptedService, offered: Sequence[Choice], text: str) -> None:
    send(service, "whatsapp", choices(*offered, text=text), WHATSAPP_SENT)
    body = service.received[0].body
    assert body["type"] == "text"
    lines = [f"{n}. {each.title.strip()}" for n, each in enumerate(offered, 1)]
    assert body["text"]["body"].startswith("\n\n".join([text, *lines[:1]]))
    assert all(line in body["text"]["body"] for line in lines)


def test_whatsapp_says_what_there_is_where_there_are_no_words(service: ScriptedService) -> None:
    send(service, "whatsapp", choices(*YES_NO, text="", plain=""), WHATSAPP_SENT)
    assert service.received[0].body["interactive"]["body"]["text"] == "1. Sí 👍\n2. No"


def test_telegram_shows_choices_as_a_keyboard(service: ScriptedService) -> None:
    assert send(service, "telegram", choices(*YES_NO), TELEGRAM_SENT, reply_to="9") == Sent(external_id="77")
    (call,) = service.received
    assert call.path.endswith("/sendMessage")
    assert call.body == {
        "chat_id": 34600111222,
        "text": "<b>¿Vienes?</b>",
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
        "reply_parameters": {"message_id": 9, "allow_sending_without_reply": True},
        "reply_markup": {
            "inline_keyboard": [
                [{"text": "Sí 👍", "callback_data": "y"}],
                [{"text": "No", "callback_data": "n"}],
            ]
        },
    }


def test_telegram_keeps_the_keyboard_when_it_refuses_the_format(service: ScriptedService) -> None:
    sent = send(service, "telegram", choices(*YES_NO), refused("can't parse entities: x"), TELEGRAM_SENT)
    assert sent.sent_plain
    second = service.received[1].body
    assert (second["text"], len(second["reply_markup"]["inline_keyboard"])) == ("¿Vienes?", 2)


def test_telegram_writes_out_the_descriptions_that_buttons_do_not_show(service: ScriptedService) -> None:
    send(service, "telegram", choices(*many(2, description="<tarde>")), TELEGRAM_SENT)
    body = service.received[0].body
    assert body["text"] == "<b>¿Vienes?</b>\n\n1. Día 0: &lt;tarde&gt;\n2. Día 1: &lt;tarde&gt;"
    assert len(body["reply_markup"]["inline_keyboard"]) == 2


@pytest.mark.parametrize(
    "offered", [many(21), [Choice(id="ñ" * 33, title="Lunes")], [Choice(id="", title="Lunes")], []]
)
def test_telegram_writes_out_what_fits_no_keyboard(service: ScriptedService, offered: Sequence[Choice]) -> None:
    send(service, "telegram", choices(*offered), TELEGRAM_SENT)
    body = service.received[0].body
    assert "reply_markup" not in body
    assert body["text"].startswith("<b>¿Vienes?</b>")
    assert all(f"{n}. {each.title}" in body["text"] for n, each in enumerate(offered, 1))


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_without_room_for_its_choices_is_cut_and_not_lost(service: ScriptedService, kind: str) -> None:
    text = "😀" * 2000 + "x" * 2080
    part = choices(*many(30), text=text[: 4090 if kind == "whatsapp" else 4000], plain=text[:4000])
    send(service, kind, part, WHATSAPP_SENT if kind == "whatsapp" else TELEGRAM_SENT)
    body = service.received[0].body
    written = body["text"]["body"] if kind == "whatsapp" else body["text"]
    units = len(written) if kind == "whatsapp" else len(written.encode("utf-16-le")) // 2
    assert units == 4096


# Reactions


def test_reactions(service: ScriptedService) -> None:
    assert send(service, "whatsapp", ReactionPart(emoji="❤️"), WHATSAPP_SENT, reply_to="wamid.Q").external_id
    assert send(service, "telegram", ReactionPart(emoji="❤️"), TELEGRAM_DONE, reply_to="9") == Sent(external_id="")
    send(service, "telegram", ReactionPart(emoji=""), TELEGRAM_DONE, reply_to="9")
    whatsapp, telegram, taken_back = service.received
    assert whatsapp.body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "34600111222",
        "type": "reaction",
        "reaction": {"message_id": "wamid.Q", "emoji": "❤️"},
        "biz_opaque_callback_data": DELIVERY,
    }
    assert telegram.path.endswith("/setMessageReaction")
    assert telegram.body == {
        "chat_id": 34600111222,
        "message_id": 9,
        "reaction": [{"type": "emoji", "emoji": "❤"}],
    }
    assert taken_back.body["reaction"] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_reaction_to_nothing_is_not_sent(service: ScriptedService, kind: str) -> None:
    error = failure(service, kind, ReactionPart(emoji="👍"))
    assert (error.permanent, error.code, service.received) == (True, "no_message", [])


def test_a_refused_reaction_says_nothing_of_the_person(service: ScriptedService) -> None:
    error = failure(service, "telegram", ReactionPart(emoji="🦖"), refused("REACTION_INVALID"), reply_to="9")
    assert (error.permanent, error.unreachable, error.unauthorized) == (True, False, False)


def test_a_lost_reaction_is_set_again(service: ScriptedService) -> None:
    assert not failure(service, "telegram", ReactionPart(emoji="👍"), Step(then="close"), reply_to="9").in_doubt


# Drafts, pressed buttons, commands


def test_telegram_shows_a_draft_of_the_message_that_is_being_written(service: ScriptedService) -> None:
    service.steps += [TELEGRAM_DONE, refused("can't parse entities: x"), TELEGRAM_DONE]
    telegram = get_channel("telegram")
    telegram.show_draft(credentials(service), "5", 3, "a" * 4096 + "\n\n**fin")
    telegram.show_draft(credentials(service), "5", 3, "**fin**")
    first, second, plain = service.received
    assert first.path.endswith("/sendMessageDraft")
    assert first.body == {"chat_id": 5, "draft_id": 3, "text": "**fin", "parse_mode": "HTML"}
    assert (second.body["text"], plain.body["text"], "parse_mode" in plain.body) == ("<b>fin</b>", "fin", False)


@pytest.mark.parametrize(
    ("kind", "chat_id", "text"), [("telegram", "5", " \n"), ("telegram", "-100500", "hola"), ("whatsapp", "5", "hola")]
)
def test_where_there_is_no_draft_none_is_sent(service: ScriptedService, kind: str, chat_id: str, text: str) -> None:
    get_channel(kind).show_draft(credentials(service), chat_id, 3, text)
    assert service.received == []


def test_a_pressed_button_is_answered(service: ScriptedService) -> None:
    service.steps.append(TELEGRAM_DONE)
    for kind in KINDS:
        get_channel(kind).answer_choice(credentials(service), "4382bfdwdsb323b2d9")
    (call,) = service.received
    assert call.path.endswith("/answerCallbackQuery")
    assert call.body == {"callback_query_id": "4382bfdwdsb323b2d9"}


def test_commands_are_put_into_the_menu(service: ScriptedService) -> None:
    service.steps += [TELEGRAM_DONE] * 2
    for language in ("es-MX", ""):
        for kind in KINDS:
            get_channel(kind).set_commands(credentials(service), {"new": "Empezar de nuevo"}, language)
    spanish, default = service.received
    assert spanish.path.endswith("/setMyCommands")
    menu = [{"command": "new", "description": "Empezar de nuevo"}]
    assert spanish.body == {"commands": menu, "language_code": "es"}
    assert default.body == {"commands": menu}


def test_courtesies_are_never_in_doubt(service: ScriptedService) -> None:
    telegram = get_channel("telegram")
    calls: list[Any] = [
        lambda: telegram.show_draft(credentials(service), "5", 3, "hola"),
        lambda: telegram.answer_choice(credentials(service), "1"),
        lambda: telegram.set_commands(credentials(service), {}, ""),
    ]
    for call in calls:
        service.steps.append(Step(then="close"))
        with pytest.raises(TransportError) as caught:
            call()
        assert not caught.value.in_doubt


def test_the_channels_declare_what_they_can() -> None:
    whatsapp, telegram = (get_channel(kind).capabilities for kind in KINDS)
    assert (whatsapp.drafts, whatsapp.command_menu, whatsapp.max_caption) == (False, False, 1024)
    assert (telegram.drafts, telegram.command_menu, telegram.max_caption) == (True, True, 1024)
    assert isinstance(get_channel("telegram").render("hola")[0], TextPart)
