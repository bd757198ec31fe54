"""Customers: told once that they talk with an AI assistant; while the front desk is off, one polite sentence a day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from messaging import handover, language
from messaging.models import ChannelAccount, Conversation, Delivery, Message, Session, Turn
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope
from tests.house import ALICE, BOB, CHARLIE, House
from tests.test_handover import chat_with, drain, to
from tests.test_turns import make_due

HELLO = "Hello! I'm the AI assistant of Acme. If you would rather talk with a person, just say so."
HOLA = "¡Hola! Soy el asistente de inteligencia artificial de Acme. Si prefieres hablar con una persona, dímelo."
POLITE = "Thank you for writing to Acme. This is an automatic reply: the team will see your message."
CORTES = "Gracias por escribir a Acme. Esta es una respuesta automática: el equipo verá tu mensaje."


def switch(house: House, **fields: bool) -> None:
    with tenant_scope(house.tenant):
        ChannelAccount.objects.update(**fields)


def says(house: House, text: str, sender: str = CHARLIE) -> None:
    house.says(text, sender)
    house.work()


def calls(house: House) -> list[dict[str, Any]]:
    return house.anthropic.calls(containing="/v1/messages")


def test_a_customer_is_told_once_that_it_is_an_ai(house: House) -> None:
    switch(house, front_desk=True)
    house.script({"text": "We open at nine."}, {"text": "Until six."}, {"text": "Yes."})
    says(house, "When do you open?")
    assert to(house, CHARLIE) == [HELLO, "We open at nine."]
    says(house, "Until when?")
    with tenant_scope(house.tenant):
        assert Contact.objects.get(role="customer").told_of_ai_at is not None
        Session.objects.update(used_at=timezone.now() - timedelta(days=2))
    says(house, "On Sundays?")
    assert to(house, CHARLIE)[1:] == ["We open at nine.", "Until six.", "Yes."], "nor in another session"
    with tenant_scope(house.tenant):
        first = Message.objects.filter(direction="out").order_by("seq")[0]
        assert first.text == "We open at nine.", "what Claude wrote stays apart"
        assert Delivery.objects.filter(message=first).count() == 2


def test_it_is_said_with_an_apology_too_and_in_their_language(house: House, settings: Any) -> None:
    switch(house, front_desk=True)
    settings.TURN_GIVE_UP_SECONDS = 0
    house.anthropic.post("faults", faults=[{"kind": "error", "status": 500}], times="always")
    says(house, "Hola, ¿a qué hora abren mañana?")
    assert to(house, CHARLIE)[0] == HOLA


def test_owner_and_staff_are_not_told(house: House) -> None:
    switch(house, front_desk=True)
    says(house, "Hi", ALICE)
    says(house, "Hi", BOB)
    assert not [text for text in house.sent() if "AI assistant" in text]
    with tenant_scope(house.tenant):
        assert not Contact.objects.filter(told_of_ai_at__isnull=False).exists()


def test_who_was_not_told_after_all_is_told_with_the_next_answer(house: House) -> None:
    """The team took over before the first answer left."""
    switch(house, front_desk=True)
    house.whatsapp.post("faults", faults=[{"kind": "error", "status": 500, "code": 1}], match={"method": "messages"})
    house.script({"text": "A1"}, {"text": "A2"})
    says(house, "When do you open?")
    handover.take(chat_with(house, CHARLIE), "operator:olivia")
    with tenant_scope(house.tenant):
        assert Contact.objects.get(role="customer").told_of_ai_at is None
    assert handover.give_back(chat_with(house, CHARLIE), "operator:olivia")
    says(house, "Hello?")
    assert to(house, CHARLIE)[-2:] == [HELLO, "A2"]


def test_claude_is_told_to_stay_at_the_front_desk(house: House) -> None:
    switch(house, front_desk=True)
    says(house, "Write my homework")
    prompt = str(calls(house)[0]["body"]["system"])
    for words in ("no general-purpose assistant", "The system tells each customer once", "use ask_for_a_person"):
        assert words in prompt


def test_by_default_a_stranger_hears_nothing(house: House) -> None:
    says(house, "Hello?")
    assert house.sent() == []
    assert calls(house) == []
    with tenant_scope(house.tenant):
        turn = Turn.objects.get()
        assert turn.status == Turn.Status.SILENT
        assert "front desk is off" in turn.reason


def test_a_stranger_hears_one_polite_sentence_a_day(house: House) -> None:
    switch(house, answers_strangers=True)
    says(house, "Hello?")
    says(house, "Anybody there?")
    assert house.sent() == [POLITE]
    with tenant_scope(house.tenant):
        first, second = Turn.objects.order_by("number")
        assert (first.status, second.status) == (Turn.Status.ANSWERED, Turn.Status.SILENT)
        assert "one polite sentence a day" in first.reason
        assert "sent already" in second.reason
        assert Message.objects.filter(direction="in").count() == 2
        Conversation.objects.update(polite_at=timezone.now() - timedelta(days=1))
    says(house, "¿Hola? ¿Hay alguien?")
    assert house.sent() == [POLITE, CORTES]
    assert calls(house) == [], "Claude has no part in it"


def test_the_day_is_that_of_the_business(house: House) -> None:
    switch(house, answers_strangers=True)
    says(house, "Hello?")
    with tenant_scope(house.tenant):
        day = timezone.now().astimezone(house.tenant.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        Conversation.objects.update(polite_at=day)
    says(house, "Hello??")
    assert house.sent() == [POLITE]
    with tenant_scope(house.tenant):
        Conversation.objects.update(polite_at=day - timedelta(seconds=1))
    says(house, "Hello???")
    assert house.sent() == [POLITE, POLITE]


def test_the_owner_is_answered_as_ever(house: House) -> None:
    switch(house, answers_strangers=True)
    house.script({"text": "Good morning"})
    says(house, "Hi", ALICE)
    assert house.sent() == ["Good morning"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hola buenas tardes, cuanto cuesta el envio?", "es"),
        ("What time do you close?", "en"),
        ("mañana", "es"),
        ("👍", ""),
        ("Ok", ""),
        ("", ""),
    ],
)
def test_the_language_is_told_from_common_words(text: str, expected: str) -> None:
    assert language.guess(text) == expected


def test_what_the_service_tells_of_the_language_comes_first() -> None:
    said = [Message(text="Hola, ¿a qué hora abren?")]
    assert language.language_for(Contact(language="en-GB"), Tenant(language="es"), said) == "en-GB"
    assert language.language_for(Contact(), Tenant(language="en"), said) == "es"
    assert language.language_for(Contact(), Tenant(language="es"), [Message(text="Ok")]) == "es"


def test_a_first_answer_that_was_on_its_way_counts_as_told_only_where_it_left(house: House) -> None:
    """The send failed, and the team took over before it was tried again."""
    switch(house, front_desk=True)
    house.whatsapp.post("faults", faults=[{"kind": "error", "status": 500, "code": 1}], match={"method": "messages"})
    house.script({"text": "A1"})
    says(house, "When do you open?")
    with tenant_scope(house.tenant):
        Conversation.objects.update(ownership=1)  # as where a takeover met it while it was being sent
    make_due(house)
    drain(house)
    assert to(house, CHARLIE)[1:] == [], "nothing after the failed attempt"
    with tenant_scope(house.tenant):
        assert set(Delivery.objects.values_list("status", flat=True)) == {"withdrawn"}
        assert Contact.objects.get(role="customer").told_of_ai_at is None
