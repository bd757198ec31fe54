"""The owner's word where time, other words or a crash come between it and what it is for."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db.models import F

from memory import documents
from memory.folders import make_folders
from memory.models import Audience, Folder
from messaging.commands.confirming import word_in
from messaging.effects import memory_effect
from messaging.models import ChannelAccount, Confirmation, Message
from tenants_app.models import Contact
from tenants_app.scope import tenant_scope
from tests.house import ALICE, House
from tests.tenant_tools import install
from tests.test_confirmations import BEA, HELLO, change, forwards, menus, says, state, taps, to, works
from tests.test_memory import call, fact_of, remember, results
from tests.test_outside_text import UNVERIFIED

BUSY = "Allowed. It waits"


@pytest.fixture
def town(house: House) -> House:
    """Bea, a customer, has written before."""
    house.link("whatsapp", BEA, Contact.Role.CUSTOMER, "Bea")
    house.says("Hello", BEA)
    house.work()
    return house


def writes(house: House, words: str, *answers: dict[str, Any], **more: Any) -> None:
    house.script(*answers)
    assert house.post_whatsapp(house.whatsapp_body(house.text(words, **more))).status_code == 200
    works(house)


# --- A “yes” that is meant for something else ------------------------------------------------------------------------


def test_a_yes_that_was_written_before_the_question_is_none(town: House) -> None:
    forwards(town, HELLO, {"text": "It waits for you."})
    writes(town, "yes", {"text": "I see."}, timestamp=str(int(time.time()) - 60))
    assert (to(town, BEA), state(town), to(town, ALICE)[-1]) == ([], "waiting", "I see.")


def test_a_yes_that_came_before_the_question_is_none(town: House) -> None:
    forwards(town, HELLO, {"text": "It waits for you."})
    town.says("yes")
    with tenant_scope(town.tenant):
        said = Message.objects.latest("stored_at")
        Confirmation.objects.update(created_at=said.stored_at)
    town.script({"text": "I see."})
    works(town)
    assert (to(town, BEA), state(town), to(town, ALICE)[-1]) == ([], "waiting", "I see.")


def test_a_yes_under_another_message_shows_the_buttons_anew(town: House) -> None:
    forwards(town, HELLO, {"text": "It waits for you."})
    says(town, "yes")
    writes(town, "yes", context={"id": "wamid.another", "from": ALICE})
    assert (to(town, BEA), state(town), len(menus(town))) == ([], "waiting", 3)
    says(town, "yes", {"text": "Bea has it."})
    assert len(to(town, BEA)) == 1


def test_a_yes_that_is_taken_up_again_decides_what_it_decided(town: House) -> None:
    """Its worker died between the decision and the end of the turn; meanwhile there is something else to allow."""
    forwards(town, HELLO, {"text": "It waits for you."})
    says(town, "yes")
    says(town, "yes", {"text": "Bea has it."})
    forwards(town, call("send_message", to="Bea", text="Another"), {"text": "It waits, too."})
    with tenant_scope(town.tenant):
        first = Confirmation.objects.earliest("created_at")
        said = Message.objects.filter(text="yes").latest("stored_at")
        said.kind = "text"  # as it is until its turn has ended
        assert said.contact is not None
        assert word_in(said.conversation, said.contact, said) == f"confirm:yes:{first.token}"


# --- What is allowed, and does not run at once -----------------------------------------------------------------------


def test_what_is_allowed_while_paused_waits_and_new_ends_it(town: House) -> None:
    forwards(town, HELLO, {"text": "It waits for you."})
    says(town, "/pause")
    taps(town, "Allow")
    assert any(told.startswith(BUSY) for told in to(town, ALICE))
    says(town, "/new")
    assert state(town) == "expired"
    town.script({"text": "It was not done."})
    says(town, "/resume")
    assert to(town, BEA) == []
    assert "what the owner allowed" in results(town)[-1]
    assert to(town, ALICE)[-1] == "It was not done."


def test_what_is_allowed_while_paused_is_done_afterwards(town: House) -> None:
    forwards(town, HELLO, {"text": "It waits for you."})
    says(town, "/pause")
    taps(town, "Allow")
    town.script({"text": "Bea has it."})
    says(town, "/resume")
    assert len(to(town, BEA)) == 1


def test_a_no_after_the_yes_says_that_it_may_be_done(town: House) -> None:
    forwards(town, HELLO, {"text": "It waits."})
    taps(town, "Allow", {"text": "Done."})
    taps(town, "Don't")
    assert to(town, ALICE)[-1] == "You had allowed that before: it may be done already."


def test_stop_is_a_wish_again_once_nothing_waits(town: House) -> None:
    forwards(town, HELLO, {"text": "It waits."})
    change(town, expires_at=F("created_at"))
    says(town, "STOP")
    with tenant_scope(town.tenant):
        assert Contact.objects.get(pk=Contact.objects.get(name="Alice").pk).opted_out_at is not None


def serve_customers(house: House) -> None:
    with tenant_scope(house.tenant):
        ChannelAccount.objects.update(front_desk=True)


# --- Others ----------------------------------------------------------------------------------------------------------


def test_a_customer_who_has_something_forgotten_ends_nothing_of_others(town: House) -> None:
    serve_customers(town)
    says(town, "My dog is called Rex Barkington", {"text": "Noted."}, sender=BEA)
    forwards(town, HELLO, {"text": "It waits."})
    gone = call("forget", references=[], words=["Rex Barkington"])
    says(town, "Forget my dog", gone, {"text": "Forgotten."}, sender=BEA)
    with tenant_scope(town.tenant):
        assert Message.objects.filter(text__contains="Rex").exclude(forgotten_at=None).exists()
    assert state(town) == "waiting"


def test_one_thing_of_a_customer_waits_at_a_time(town: House) -> None:
    serve_customers(town)
    says(town, "Good morning", {"text": "Good morning!"})
    for name in ("book", "pay"):
        install(town.tenant, "return 1", name=name, effect="spends", roles=["owner", "customer"])
    content = [block for name in ("book", "pay") for block in call(name)["content"]]
    says(town, "Book two", {"content": content}, {"text": "I have asked."}, sender=BEA)
    assert len(menus(town)) == 1
    assert sum("has not decided yet" in told for told in results(town)) == 1


def test_an_unverified_document_marks_what_is_remembered_once_it_was_looked_up(town: House) -> None:
    with tenant_scope(town.tenant):
        make_folders(town.tenant)
        Folder.objects.filter(name="knowledge").update(inline=True)
        documents.write(town.tenant, "knowledge/elm.md", "# Elm\n\nA red roof.\n", author=UNVERIFIED, base=None)
    says(town, "My budget is $1", remember("$1"), {"text": "Noted."})
    assert not fact_of(town, value="$1").untrusted, "it stands in no prompt of the team's"
    view = call("memory", command="view", path="/memories/knowledge/elm.md")
    says(town, "What is noted? And my budget is $2", view, remember("$2"), {"text": "A red roof. Noted."})
    assert fact_of(town, value="$2").untrusted


def test_a_public_folder_reaches_everybody(town: House) -> None:
    with tenant_scope(town.tenant):
        make_folders(town.tenant)
        Folder.objects.create(tenant=town.tenant, name="offers", audience=Audience.PUBLIC)
        Folder.objects.create(tenant=town.tenant, name="notes2", audience=Audience.TEAM)
        for name, wanted in (("offers", "outward"), ("notes2", "notes")):
            call_of_it = {"command": "create", "path": f"/memories/{name}/new.md", "file_text": "x"}
            assert memory_effect(town.tenant, call_of_it) == wanted
