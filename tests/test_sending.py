"""Messages that the assistant sends to others for the team: to the one who was meant, once."""

from __future__ import annotations

import pytest
from django.utils import timezone

from messaging.models import Turn, TurnStep
from messaging.sending import CALL_ID, by_name, send_message
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope
from tests.fixtures import as_role
from tests.house import ALICE, CHARLIE, House
from tests.test_confirmations import BEA, forwards, says, taps, to, works
from tests.test_memory import call, results
from tooling.registry import ToolContext
from tooling.types import ToolResult

HELLO = call("send_message", to="Bea", text="The gate code is 1234.")


@pytest.fixture
def town(house: House) -> House:
    """Bea Smith, a customer, has written before; so has a stranger."""
    house.link("whatsapp", BEA, Contact.Role.CUSTOMER, "Bea Smith")
    house.link("whatsapp", CHARLIE, Contact.Role.CUSTOMER, "Charlie")
    for sender in (BEA, CHARLIE):
        house.says("Hello", sender)
        house.work()
    return house


def renames(house: House, number: str, name: str) -> None:
    with tenant_scope(house.tenant):
        Contact.objects.filter(addresses__address=number).update(name=name)


def test_a_stranger_who_takes_a_short_name_gets_nothing_that_was_meant_for_another(town: House) -> None:
    renames(town, CHARLIE, "Bea")
    says(town, "Tell Bea the gate code", HELLO, {"text": "Which one?"})
    assert (to(town, BEA), to(town, CHARLIE)) == ([], [])
    assert "Several people are called so" in results(town)[0]


@pytest.mark.parametrize(
    ("name", "asked", "is_found"),
    [
        ("Bea Smith", "bea", True),
        ("Béa Smith", "bea smith", True),
        ("Smith, Bea", "Smith Bea", True),
        ("Bea O’Neil", "oneil", True),
        ("Беа Смит", "беа", True),
        ("Beatrix", "bea", False),
        ("B ea", "bea", False),
    ],
)
def test_a_name_is_found_by_whole_words(house: House, name: str, asked: str, is_found: bool) -> None:
    house.link("whatsapp", BEA, Contact.Role.CUSTOMER, name)
    with tenant_scope(house.tenant):
        assert [person.name for person in by_name(house.tenant, asked)] == ([name] if is_found else [])


def test_a_call_that_is_made_again_after_a_crash_sends_nothing_more_whatever_people_are_called(town: House) -> None:
    says(town, "Tell Bea the gate code", HELLO, {"text": "She has it."})
    renames(town, CHARLIE, "Bea")
    renames(town, BEA, "Beatrix")
    with tenant_scope(town.tenant):
        turn = Turn.objects.latest("began_at")
        [begun] = TurnStep.objects.filter(turn=turn, kind="tool_started")
        context = ToolContext(
            tenant_id=str(town.tenant.pk),
            conversation_id=str(turn.conversation_id),
            contact_id=str(Contact.objects.get(addresses__address=ALICE).pk),
            role="owner",
            timezone="UTC",
            language="en",
            now=timezone.now(),
            turn_id=str(turn.pk),
            deadline=0.0,
            extras={CALL_ID: begun.content["tool_use_id"]},
        )
    again = send_message(context, to="Bea", text="The gate code is 1234.")
    works(town)
    assert isinstance(again, ToolResult)
    assert again.content == "Sent to Beatrix (WhatsApp)."
    assert (to(town, BEA), to(town, CHARLIE)) == (["The gate code is 1234."], [])


def test_what_was_allowed_goes_to_whom_the_owner_was_shown_or_to_nobody(town: House) -> None:
    forwards(town, HELLO, {"text": "It waits."}, words="Tell Bea the gate code")
    renames(town, CHARLIE, "Bea")
    renames(town, BEA, "Beatrix")
    taps(town, "Allow", {"text": "It was not sent."})
    assert (to(town, BEA), to(town, CHARLIE)) == ([], [])
    assert "was something else" in results(town)[0]


def test_whom_the_business_never_writes_to_gets_nothing_that_was_allowed_before(town: House) -> None:
    forwards(town, HELLO, {"text": "It waits."}, words="Tell Bea the gate code")
    with as_role("operator"):
        Tenant.objects.update(forbidden_recipients=BEA)
    taps(town, "Allow", {"text": "It was not sent."})
    assert to(town, BEA) == []
    assert "never writes to" in results(town)[0]
