"""The recipes of docs/extending.md that need a database do what they say."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError

from memory.search import sources
from messaging.commands import registry
from messaging.models import Conversation, Feedback
from tenants_app.models import AuditEntry, Contact
from tenants_app.scope import tenant_scope
from tests.containers import ROOT
from tests.house import ALICE, BOB, CHARLIE, House
from tests.test_documents import RECIPE
from tests.test_search import find, viewer_of


def recipe(name: str) -> types.ModuleType:
    [code] = [code for path, code in RECIPE.findall((ROOT / "docs/extending.md").read_text()) if path == name]
    module = types.ModuleType(name)
    exec(compile(code, name, "exec"), vars(module))  # our own documents
    return module


@pytest.fixture
def opinions(owner_connection: psycopg.Connection[Any]) -> Iterator[None]:
    migration = recipe("messaging/migrations/0099_find_feedback.py")
    owner_connection.execute(migration.INDEX)
    recipe("config/recall.py")
    try:
        yield
    finally:
        owner_connection.execute(migration.DROP)
        sources._texts.pop("feedback", None)  # type: ignore[call-overload]


def test_a_command_is_answered_in_its_language_and_noted_once(house: House) -> None:
    recipe("config/commands.py")
    try:
        house.says("/hours")
        house.says("horario")
        house.work()
    finally:
        registry._commands.pop("hours")
    assert house.sent() == ["We are open Monday to Friday from 9 to 5.", "Abrimos de lunes a viernes de 9 a 17."]
    with tenant_scope(house.tenant):
        assert AuditEntry.objects.filter(action="hours.asked").count() == 2


def test_the_assistant_does_what_code_asked_once(house: House) -> None:
    house.says("hello", BOB)
    house.work()
    with tenant_scope(house.tenant):
        chat = Conversation.objects.get()
    house.script({"text": "Welcome, Bob."})
    greet = recipe("config/greeting.py").greet
    greet(house.tenant.pk, chat.pk)
    with pytest.raises(IntegrityError):
        greet(house.tenant.pk, chat.pk)
    house.work()
    assert house.sent()[1:] == ["Welcome, Bob."]
    asked = house.anthropic.calls(containing="/v1/messages")[-1]["body"]["messages"][-1]
    assert "They have just joined the team" in str(asked)


def test_what_a_source_holds_is_found_by_those_who_may(opinions: None, house: House) -> None:
    for person in (ALICE, BOB):
        house.says("hello", person)
    house.link("whatsapp", CHARLIE, Contact.Role.CUSTOMER, "Charlie")
    house.says("/feedback The zeppelins were late", ALICE)
    house.work()
    [hit] = [hit for hit in find(house.tenant, "zeppelin", viewer_of(house, ALICE)) if hit.source == "document"]
    with tenant_scope(house.tenant):
        opinion = Feedback.objects.get()
    assert (hit.reference, hit.text, hit.untrusted) == (f"feedback:{opinion.pk}", opinion.text, True)
    staff = viewer_of(house, BOB)
    assert not [hit for hit in find(house.tenant, "zeppelin", staff) if hit.reference.startswith("feedback")]
