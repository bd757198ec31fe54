"""What goes out beside words: files, buttons, reactions, replies; each through both services, and exactly once."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from messaging import answers, turns, work
from messaging.channels import get_channel
from messaging.models import Delivery, Message, Turn, TurnStep, Work
from messaging.parts import in_words, payload_of
from messaging.recorder import Recorder
from messaging.work import LeaseLost
from tenants_app.scope import tenant_scope
from tests.doubles import Double
from tests.house import House, build, forget_limits, wait_for
from tests.webhook_door import does, open_door, serving
from tooling import offers
from tooling.registry import ToolContext, registry
from tooling.types import Step, ToolResult, ToolResultStep

both = pytest.mark.parametrize("channel", ["whatsapp", "telegram"])
CSV = "Día,Cliente\nLunes,Íñigo\n"
GROUP = {"id": -1001234567890, "type": "supergroup", "title": "Team"}


@pytest.fixture
def home(database: None, doubles: dict[str, Double], settings: Any, tmp_path: Path) -> Iterator[House]:
    """A house whose doubles deliver their webhooks over a socket."""
    settings.MEDIA_ROOT = tmp_path
    with serving() as url:
        settings.PUBLIC_URL = url
        built = build(doubles)
        built.connect_whatsapp()
        open_door(built)
        yield built


@pytest.fixture
def drawing() -> Iterator[None]:
    """A tool of another app that hands back a picture."""

    @registry.tool(name="draw")
    def draw(context: ToolContext) -> ToolResult:
        """Draw a house."""
        out = io.BytesIO()
        Image.new("RGB", (40, 30), (200, 30, 30)).save(out, "PNG")
        return ToolResult(content="Drawn.", offers=[context.keep_file(out.getvalue(), "house.png", "image/png")])

    yield
    del registry._tools["draw"]


def uses(tool: str, **arguments: Any) -> dict[str, Any]:
    return {"content": [{"type": "tool_use", "name": tool, "input": arguments}]}


def messages_to(house: House, channel: str) -> list[dict[str, Any]]:
    """The bodies of all that was sent, oldest first, without what is only shown."""
    if channel == "whatsapp":
        calls = house.whatsapp.calls(containing="/messages")
        return [call["body"] for call in calls if call["body"].get("status") != "read"]
    shown = ("sendChatAction", "sendMessageDraft", "setWebhook", "setMyCommands", "getMe", "answerCallbackQuery")
    calls = house.telegram.calls(containing="/bot")
    return [call["body"] | {"method": name} for call in calls if (name := call["path"].rpartition("/")[2]) not in shown]


def asks(house: House, channel: str, text: str, *answers: dict[str, Any], **more: Any) -> str:
    """The person asks, Claude answers as scripted; the id of what the person wrote."""
    if answers:
        house.script(*answers)
    message_id = does(house, channel, "text", text=text, **more)
    forget_limits()
    house.work()
    return message_id


def told(house: House) -> list[str]:
    """What Claude was told by the tools, newest turn last."""
    blocks = house.anthropic.calls(containing="/v1/messages")[-1]["body"]["messages"][-1]["content"]
    return [str(block["content"]) for block in blocks if block["type"] == "tool_result"]


def the_turn(house: House) -> Turn:
    with tenant_scope(house.tenant):
        return Turn.objects.latest("number")


def states(house: House) -> list[str]:
    with tenant_scope(house.tenant):
        return list(Delivery.objects.order_by("seq").values_list("status", flat=True))


def stored_files(house: House, root: Path) -> list[Path]:
    return [path for path in (root / "tenants" / str(house.tenant.pk) / "sent").rglob("*") if path.is_file()]


@both
def test_a_file_arrives_with_the_words_under_it(home: House, channel: str, tmp_path: Path) -> None:
    call = uses("send_file", name="visitas.csv", text_content=CSV)
    asks(home, channel, "as a file please", call, {"text": "Here **you are**."})
    size = len(CSV.encode("utf-8-sig"))
    file = {"name": "visitas.csv", "size": size}
    if channel == "whatsapp":
        (upload,) = home.whatsapp.calls(containing="/media")
        assert upload["body"]["file"] == {**file, "type": "text/plain"}
        (message,) = messages_to(home, channel)
        assert message["type"] == "document"
        assert (message["document"]["filename"], message["document"]["caption"]) == ("visitas.csv", "Here *you are*.")
    else:
        (message,) = messages_to(home, channel)
        assert message["method"] == "sendDocument"
        assert message["document"] == {**file, "type": "text/csv"}
        assert message["caption"] == "Here <b>you are</b>."
    assert told(home) == [f"visitas.csv ({size} bytes) goes out with your answer."]
    (kept,) = stored_files(home, tmp_path)
    assert kept.read_bytes() == CSV.encode("utf-8-sig")
    assert states(home) == ["sent"]


@both
def test_any_tool_can_hand_back_a_picture(home: House, channel: str, drawing: None) -> None:
    asks(home, channel, "draw a house", uses("draw"), {"text": "My house."})
    (message,) = messages_to(home, channel)
    if channel == "whatsapp":
        assert (message["type"], message["image"]["caption"]) == ("image", "My house.")
    else:
        assert (message["method"], message["photo"]["name"]) == ("sendPhoto", "house.png")


@pytest.mark.parametrize(
    ("content", "name", "mime", "why"),
    [
        (b"no picture", "house.png", "", "text/plain"),
        (b"%PDF-1.7 \0", "house.png", "image/png", "application/pdf"),
        (b"", "empty.csv", "", "between 1 and"),
    ],
)
def test_a_file_that_is_not_what_it_is_called_is_not_sent(
    house: House, tmp_path: Path, settings: Any, content: bytes, name: str, mime: str, why: str
) -> None:
    settings.MEDIA_ROOT = tmp_path

    @registry.tool(name="forge")
    def forge(context: ToolContext) -> ToolResult:
        """Make a file."""
        return ToolResult(content="Made.", offers=[context.keep_file(content, name, mime)])

    try:
        house.script(uses("forge"), {"text": "That failed."})
        house.says("go")
        house.work()
    finally:
        del registry._tools["forge"]
    assert why in told(house)[0]
    assert house.sent() == ["That failed."]
    assert stored_files(house, tmp_path) == []


def test_buttons_on_whatsapp_come_back_as_what_was_chosen(home: House) -> None:
    call = uses("offer_choices", options=["Friday", "Saturday", "Sunday"])
    asks(home, "whatsapp", "when?", call, {"text": "Which day?"})
    (message,) = messages_to(home, "whatsapp")
    assert message["interactive"]["type"] == "button"
    assert message["interactive"]["body"]["text"] == "Which day?"
    buttons = [button["reply"] for button in message["interactive"]["action"]["buttons"]]
    assert [button["title"] for button in buttons] == ["Friday", "Saturday", "Sunday"]
    assert all(len(button["id"].encode()) <= 64 for button in buttons)
    home.script({"text": "Saturday it is."})
    does(home, "whatsapp", "button_reply", **buttons[1])
    home.work()
    request = home.anthropic.calls(containing="/v1/messages")[-1]["body"]["messages"]
    assert request[-1]["content"][-1]["text"] == "[chose] Saturday"
    with tenant_scope(home.tenant):
        assert Message.objects.filter(direction="in").latest("seq").choice == buttons[1]["id"]


@pytest.mark.parametrize(("count", "kind"), [(3, "button"), (4, "list"), (10, "list"), (11, "text")])
def test_more_choices_than_whatsapp_shows_become_a_list_and_then_words(home: House, count: int, kind: str) -> None:
    options = [f"Option {number}" for number in range(1, count + 1)]
    asks(home, "whatsapp", "what is there?", uses("offer_choices", options=options), {"text": "Which one?"})
    (message,) = messages_to(home, "whatsapp")
    if kind == "text":
        assert message["text"]["body"].startswith("Which one?\n\n1. Option 1\n2. Option 2\n")
        assert message["text"]["body"].endswith("11. Option 11")
    else:
        assert message["interactive"]["type"] == kind
    assert states(home) == ["sent"]


def test_a_button_of_telegram_stops_turning_and_comes_back_as_what_was_chosen(home: House) -> None:
    call = uses("offer_choices", options=["viernes", "sábado"])
    asks(home, "telegram", "¿cuándo?", call, {"text": "¿Qué día?"})
    (message,) = messages_to(home, "telegram")
    ((friday,), (saturday,)) = message["reply_markup"]["inline_keyboard"]
    assert (friday["text"], saturday["text"]) == ("viernes", "sábado")
    with tenant_scope(home.tenant):
        sent = Delivery.objects.get().external_id
    home.script({"text": "El sábado."})
    does(home, "telegram", "callback", message_id=sent, data=saturday["callback_data"])
    home.work()
    with tenant_scope(home.tenant):
        pressed = Message.objects.filter(direction="in").latest("seq")
    assert (pressed.text, pressed.choice) == ("sábado", saturday["callback_data"])
    (answered,) = wait_for(lambda: home.telegram.calls(containing="/answerCallbackQuery"))
    assert answered["body"] == {"callback_query_id": pressed.choice_token}
    request = home.anthropic.calls(containing="/v1/messages")[-1]["body"]["messages"]
    assert request[-1]["content"][-1]["text"] == "[chose] sábado"
    assert home.sent_by_telegram()[-1] == "El sábado."


def test_a_service_that_takes_no_answer_to_a_button_holds_up_nothing(home: House) -> None:
    asks(home, "telegram", "when?", uses("offer_choices", options=["now", "later"]), {"text": "When?"})
    with tenant_scope(home.tenant):
        sent = Delivery.objects.get().external_id
    home.telegram.post("faults", faults=[{"kind": "error", "status": 500, "match": {"method": "answerCallbackQuery"}}])
    home.script({"text": "Now."})
    does(home, "telegram", "callback", message_id=sent, data="x")
    home.work()
    assert home.sent_by_telegram()[-1] == "Now."


@both
def test_a_question_of_its_own_stands_after_the_answer(home: House, channel: str) -> None:
    call = uses("offer_choices", options=["yes", "no"], question="Shall I book it?")
    asks(home, channel, "is it free?", call, {"text": "It is free."})
    first, second = messages_to(home, channel)
    words = "It is free."
    if channel == "whatsapp":
        assert first["text"]["body"] == words
        assert second["interactive"]["body"]["text"] == "Shall I book it?"
    else:
        assert (first["text"], second["text"]) == (words, "Shall I book it?")
        assert "reply_markup" not in first


def test_a_turn_that_died_before_its_end_sends_its_file_once(
    home: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Killed between the tool's result and the commit: the offer is replayed from the recorded step."""

    def die(*_: object) -> None:
        raise LeaseLost("killed")

    call = uses("send_file", name="a.csv", text_content=CSV)
    home.script(call, {"text": "lost"}, {"text": "Here."})
    does(home, "whatsapp", "text", text="as a file please")
    claim = work.claim_next(Work.Kind.TURN)
    assert claim is not None
    with monkeypatch.context() as patched:
        patched.setattr(turns, "commit", die)
        turns.run_turn(claim)
    assert messages_to(home, "whatsapp") == []
    work.give_back(claim)
    home.work()
    (message,) = messages_to(home, "whatsapp")
    assert message["document"]["caption"] == "Here."
    assert len(home.whatsapp.calls(containing="/media")) == len(stored_files(home, tmp_path)) == 1
    with tenant_scope(home.tenant):
        assert TurnStep.objects.filter(kind="tool_started").count() == 1


def test_a_tool_that_was_cut_off_runs_again_and_leaves_one_file(
    home: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Killed when the file was stored and its result was not yet recorded."""
    record = Recorder.__call__

    def die(recorder: Recorder, step: Step) -> None:
        if isinstance(step, ToolResultStep):
            raise LeaseLost("killed")
        record(recorder, step)

    home.script(uses("send_file", name="a.csv", text_content=CSV), {"text": "Here."})
    does(home, "telegram", "text", text="as a file please")
    claim = work.claim_next(Work.Kind.TURN)
    assert claim is not None
    with monkeypatch.context() as patched:
        patched.setattr(Recorder, "__call__", die)
        turns.run_turn(claim)
    assert len(stored_files(home, tmp_path)) == 1
    work.give_back(claim)
    home.work()
    assert [message["method"] for message in messages_to(home, "telegram")] == ["sendDocument"]
    assert len(stored_files(home, tmp_path)) == 1


def test_a_file_that_was_promised_goes_out_with_an_apology(home: House, settings: Any) -> None:
    settings.TURN_GIVE_UP_SECONDS = 0
    broken = {"kind": "error", "status": 500, "match": {"tool_results": "send_file,offer_choices"}}
    home.anthropic.post("faults", faults=[broken], times="always")
    calls = [*uses("send_file", name="a.txt", text_content="x")["content"]]
    calls += uses("offer_choices", options=["a", "b"])["content"]
    asks(home, "whatsapp", "as a file please", {"content": calls})
    (message,) = messages_to(home, "whatsapp")
    assert message["type"] == "document"
    assert message["document"]["caption"].startswith("I'm sorry")
    assert the_turn(home).status == Turn.Status.APOLOGISED


def test_customers_are_offered_what_does_no_harm() -> None:
    import messaging.tools

    ours = set(messaging.tools.__all__)
    assert {tool.name for tool in registry.tools_for("staff")} >= {"send_file", "offer_choices", "react", "reply_to"}
    assert ours & {tool.name for tool in registry.tools_for("customer")} >= {"offer_choices", "react", "reply_to"}
    assert "send_file" not in {tool.name for tool in registry.tools_for("customer")}


def test_choices_must_differ() -> None:
    with pytest.raises(ValueError, match="of its own"):
        offers.choices(["yes", " yes "])
    same = offers.choices(["yes", "no"])
    assert same == offers.choices(["yes", "no"])
    assert len({choice["id"] for choice in same["choices"]}) == 2


def test_the_stand_in_sends_a_file_buttons_and_a_reaction_when_asked(home: House) -> None:
    asks(home, "whatsapp", "Send me a file, please")
    assert messages_to(home, "whatsapp")[-1]["type"] == "document"
    asks(home, "whatsapp", "Give me options")
    assert messages_to(home, "whatsapp")[-1]["type"] == "interactive"
    asks(home, "whatsapp", "Ponme una reacción")
    assert "reaction" in messages_to(home, "whatsapp")[-2]


FILE = {"kind": "file", "file": {"kind": "document", "mime": "text/csv", "name": "a.csv", "path": "tenants/t/a.csv"}}
MENU = offers.choices(["yes", "no"])
APART = offers.choices(["red", "blue"], question="Which colour?")


@both
@pytest.mark.parametrize(
    ("text", "offered", "expected"),
    [
        ("Hi", [], ["Hi"]),
        ("", [], []),
        ("Hi", [FILE], ["[file “a.csv”] Hi"]),
        ("Hi", [FILE, FILE], ["Hi", "[file “a.csv”]", "[file “a.csv”]"]),
        ("", [FILE], ["[file “a.csv”]"]),
        ("x" * 2000, [FILE], ["[file “a.csv”]", "x" * 2000]),
        ("Hi?", [MENU, FILE], ["[file “a.csv”]", "Hi?\n\n1. yes\n2. no"]),
        ("", [MENU], ["1. yes\n2. no"]),
        ("Hi", [APART], ["Hi", "Which colour?\n\n1. red\n2. blue"]),
        ("", [APART], ["Which colour?\n\n1. red\n2. blue"]),
        ("Hi. Which colour?", [APART], ["Hi. Which colour?\n\n1. red\n2. blue"]),
        ("Hi?", [MENU, APART], ["Hi?\n\n1. yes\n2. no", "Which colour?\n\n1. red\n2. blue"]),
        ("Hi?", [MENU, {**MENU, "button": "x"}], ["Hi?\n\n1. yes\n2. no", "1. yes\n2. no"]),
        ("Hi", [FILE, APART], ["[file “a.csv”] Hi", "Which colour?\n\n1. red\n2. blue"]),
    ],
)
def test_words_and_offers_stand_in_an_order_that_reads_well(
    channel: str, text: str, offered: list[Any], expected: list[str]
) -> None:
    parts = answers.messages_of(get_channel(channel), text, offered)
    assert [in_words(payload_of(part, path=path)) for part, path in parts] == expected
