"""A turn that was left while something was forgotten tells nothing of it: it begins anew, or ends and says so."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from messaging import work
from messaging.acts import may_have_forgotten
from messaging.models import Attachment, Conversation, Message, Turn, Work
from messaging.pausing import pause, resume
from messaging.phrases import PHRASES
from messaging.silencing import put_aside
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope
from tests.house import ALICE, CHARLIE, House
from tests.test_handover import echoes, let_the_pause_end
from tests.test_memory import call, remember
from tests.test_memory_sessions import close_reasons, forget, newest, says
from tests.test_turns import make_due
from tooling.history import OUTCOME_UNKNOWN
from tooling.types import Step, ToolResultStep, ToolStartedStep

STOPPED = PHRASES["stopped_midway"]["en"]
CODE = "The code of the door is 4711"


def left(house: House, words: str, *answers: dict[str, Any]) -> None:
    """A turn with these words that is put off: Claude is overloaded when asked after these answers."""
    house.script(*answers)
    house.anthropic.post("faults", faults=[{"kind": "overloaded"}], after=len(answers))
    house.says(words)
    house.work()
    with tenant_scope(house.tenant):
        assert Turn.objects.filter(status="open").count() == 1


def taken_up(house: House, *answers: dict[str, Any]) -> str:
    """All that was put to Claude from then on."""
    before = len(house.anthropic.calls(containing="/v1/messages"))
    house.script(*answers)
    make_due(house)
    house.work()
    return json.dumps([each["body"] for each in house.anthropic.calls(containing="/v1/messages")[before:]])


def ends(house: House) -> list[str]:
    with tenant_scope(house.tenant):
        return list(Turn.objects.order_by("number").values_list("status", flat=True))


def test_a_turn_that_was_put_off_begins_anew_without_what_was_forgotten(house: House) -> None:
    says(house, CODE, text="4711, I have it.")
    left(house, "And now?")
    forget(house, text__contains="4711")
    asked = taken_up(house, {"text": "Now what?"})
    assert "And now?" in asked
    assert "4711" not in asked
    assert house.sent()[-1] == "Now what?"
    assert ends(house) == ["answered", "silent", "answered"]
    assert close_reasons(house) == ["memory", ""]


def test_what_was_itself_forgotten_while_it_waited_for_its_answer_is_not_told(house: House) -> None:
    left(house, CODE)
    forget(house, text__contains="4711")
    asked = taken_up(house, {"text": "All right."})
    assert "4711" not in asked
    assert "somebody asked to be forgotten" in asked


def test_a_turn_that_only_looked_begins_anew_without_what_it_found(house: House) -> None:
    says(house, CODE)
    left(house, "What was it?", call("recall", query="code of the door"))
    assert "4711" in json.dumps(newest(house)["messages"][-1]), "recall has found it"
    forget(house, text__contains="4711")
    asked = taken_up(house, {"text": "I don't know."})
    assert "4711" not in asked
    assert house.sent()[-1] == "I don't know."
    assert ends(house)[1:] == ["silent", "answered"]


def test_a_turn_that_acted_ends_and_says_so(house: House) -> None:
    says(house, CODE)
    left(house, "I moved to Lima", remember("Lima", predicate="lives in"))
    forget(house, text__contains="4711")
    assert taken_up(house, {"text": "Hello again"}) == "[]", "Claude would be told all of it again"
    assert house.sent()[-1] == STOPPED
    assert ends(house) == ["answered", "apologised"]
    request = json.dumps(says(house, "Hello?", text="Hello again"))
    assert "4711" not in request
    assert STOPPED in request
    assert close_reasons(house) == ["memory", ""]


def test_a_turn_that_forgot_something_itself_goes_on(house: House) -> None:
    says(house, CODE)
    left(house, "Forget the code", call("forget", references=[], words=[CODE]))
    assert "Forgotten for good" in taken_up(house, {"text": "It is forgotten."})
    assert house.sent()[-1].startswith("It is forgotten.\n\n✓ Forgotten for good (")
    assert ends(house) == ["answered", "answered"]
    assert "4711" not in json.dumps(says(house, "Hello?"))


def test_without_a_change_it_goes_on_from_its_steps(house: House) -> None:
    says(house, CODE)
    left(house, "And now?")
    assert "4711" in taken_up(house, {"text": "4711"})
    assert ends(house) == ["answered", "answered"]


def team_wrote_meanwhile(house: House, text: str) -> None:
    """Before they saw what waits, so that the end of the talk so far does not have it."""
    house.says("Are you there?")
    echoes(house, text, ALICE, seconds=-60)
    let_the_pause_end(house)


def test_what_the_team_wrote_is_told_again(house: House) -> None:
    says(house, CODE)
    team_wrote_meanwhile(house, "I call at five")
    left(house, "And now?")
    forget(house, text="And now?")
    assert "I call at five" in taken_up(house, {"text": "At five."})
    assert house.sent()[-1] == "At five."


def test_what_the_team_wrote_is_told_again_where_somebody_is_erased_meanwhile(house: House) -> None:
    says(house, CODE)
    team_wrote_meanwhile(house, "I call at five")
    left(house, "And now?")
    erased = house.link("whatsapp", CHARLIE, Contact.Role.CUSTOMER, "Charlie")
    with tenant_scope(house.tenant):
        chat = Conversation.objects.get()
    with tenant_scope(house.tenant, first=work.locked(chat.pk)):
        put_aside(chat, erased, tells=True)
    assert "I call at five" in taken_up(house, {"text": "At five."})
    assert house.sent()[-1] == "At five."


def test_a_turn_that_wrote_a_note_ends_and_says_so(house: House) -> None:
    says(house, CODE)
    note = call("memory", command="create", path="/memories/knowledge/lima.md", file_text="They live in Lima")
    left(house, "I moved to Lima", note)
    forget(house, text__contains="4711")
    assert taken_up(house, {"text": "Hello again"}) == "[]", "Claude would be told all of it again"
    assert house.sent()[-1] == STOPPED


def test_a_turn_that_could_not_forget_ends_and_says_so(house: House) -> None:
    says(house, CODE)
    taken = call("memory", command="delete", path="/memories/identity/nothing.md")
    left(house, "Forget who you are", taken)
    forget(house, text__contains="4711")
    assert taken_up(house, {"text": "Hello again"}) == "[]"
    assert house.sent()[-1] == STOPPED


def test_a_turn_that_changed_what_every_chat_is_told_goes_on(house: House) -> None:
    says(house, CODE)
    rule = call("memory", command="create", path="/memories/boundaries/gate.md", file_text="Never give the code.")
    left(house, "Never give the code", rule)
    assert "/memories/boundaries/gate.md" in taken_up(house, {"text": "I never will."})
    assert house.sent()[-1] == "I never will."


@pytest.mark.parametrize(
    ("tool", "arguments", "result", "may_have"),
    [
        ("forget", {}, None, True),
        ("forget", {}, ToolResultStep(tool_use_id="1", content="Forgotten."), True),
        ("forget", {}, ToolResultStep(tool_use_id="1", content="Wrong.", is_error=True), False),
        ("forget", {}, ToolResultStep(tool_use_id="1", content=OUTCOME_UNKNOWN, is_error=True), True),
        ("memory", {"command": "insert", "path": "/memories/CLAUDE.md"}, None, True),
        ("memory", {"command": "insert", "path": "/memories/identity/a.md"}, None, True),
        ("memory", {"command": "view", "path": "/memories/identity/a.md"}, None, False),
        ("memory", {"command": "insert", "path": "/memories/knowledge/identity/a.md"}, None, False),
        (
            "memory",
            {"command": "rename", "old_path": "/memories/identity/a.md", "new_path": "/memories/b/a.md"},
            None,
            True,
        ),
    ],
)
def test_what_may_be_why_sessions_begin_anew(
    tool: str, arguments: dict[str, Any], result: ToolResultStep | None, may_have: bool
) -> None:
    began = ToolStartedStep(tool_use_id="1", name=tool, arguments=arguments)
    steps: list[Step] = [began] if result is None else [began, result]
    assert may_have_forgotten(steps, {"identity"}) is may_have


def test_its_files_are_shown_again(house: House) -> None:
    house.says("Look")
    with tenant_scope(house.tenant):
        said = Message.objects.get(text="Look")
        kept = {"file_id": "1", "kind": "document", "name": "offer.txt", "state": Attachment.State.KEPT}
        Attachment.objects.create(
            tenant=house.tenant, conversation=said.conversation, message=said, text="Eleven euros", **kept
        )
    left(house, "What does it cost?")
    with tenant_scope(house.tenant):
        assert Attachment.objects.get().shown
    forget(house, text="What does it cost?")
    assert "Eleven euros" in taken_up(house, {"text": "Eleven."})


def test_while_the_tenant_is_paused_it_stays_where_it_is(house: House) -> None:
    says(house, CODE)
    with tenant_scope(house.tenant):
        pause(Tenant.objects.get(), "A bad key.")
    house.says("And now?")
    house.work()
    forget(house, text__contains="4711")
    house.says("Hello?")
    house.work()
    assert len(house.sent()) == 2, "one is told once that it comes later"
    assert resume(house.tenant, "operator:olivia")
    asked = taken_up(house, {"text": "Now what?"})
    assert "4711" not in asked
    assert house.sent()[-1] == "Now what?"


def test_where_one_of_the_team_has_the_chat_it_waits_for_them(house: House) -> None:
    left(house, CODE)
    forget(house, text__contains="4711")
    with tenant_scope(house.tenant):
        until = timezone.now() + timedelta(minutes=5)
        Conversation.objects.update(paused_until=until, paused_by="erasure")  # as a group's while somebody is erased
    assert taken_up(house) == "[]"
    assert ends(house) == ["silent"]
    with tenant_scope(house.tenant):
        assert Message.objects.get(direction="in").turn is None
        assert Work.objects.get(kind=Work.Kind.TURN).due_at == until
