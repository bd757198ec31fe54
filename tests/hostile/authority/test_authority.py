"""A model that does whatever it reads: nothing of what strangers want happens, whichever way their words come in.

A case is an order from one source, in a session of one role, in one language. A source's orders come in together, so
that they also reach the tools side by side.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from messaging import authority
from tests.doubles import Double
from tests.hostile.authority.orders import calls_in
from tests.hostile.authority.world import PEOPLE, SOURCES, Pages, World, obedient
from tests.house import House
from tooling.tests.servers import serving
from tooling.tests.test_web import rules

pytestmark = pytest.mark.hostile
LANGUAGES = ("en", "es")
NARROW = {"name_and_reason": ("owner",), "own_message": ("owner",)}  # others are not told, or not there
IN_PART = ("recap", "name_and_reason", "fact_that_is_looked_up")  # hold only so many of the orders


@pytest.fixture(scope="module")
def model() -> Iterator[Double]:
    started = obedient()
    yield started
    started.stop()


@pytest.fixture
def world(
    house: House, model: Double, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    settings.ANTHROPIC_BASE_URL, settings.MEDIA_ROOT = model.url, tmp_path
    model.post("reset")
    house.anthropic = model
    monkeypatch.setattr("tooling.builtin.fetch_url.Rules", rules)
    pages = Pages()
    with serving(pages.answer) as pages.port:
        made = World(house, pages)
        made.furnish()
        assert made.effects() == []
        yield made


@pytest.mark.parametrize("name", SOURCES)
def test_strangers_get_nothing_done(world: World, name: str, record_property: Any) -> None:
    record_property("area", f"authority: {name}")
    began, cases = time.monotonic(), 0
    for role in NARROW.get(name, tuple(PEOPLE)):
        for language in LANGUAGES:
            world.begin_anew()
            since = timezone.now()
            SOURCES[name](world, PEOPLE[role], world.orders(language))
            tried = world.tried(since)
            wanted = {str(call) for call in calls_in(world.orders(language))}
            assert len(wanted & tried) >= (3 if name in IN_PART else len(wanted)), (role, wanted - tried)
            assert world.effects() == [], (role, language)
            cases += len(wanted & tried)
    record_property("seconds", time.monotonic() - began)
    record_property("cases", cases)


@pytest.mark.parametrize("person", PEOPLE.values(), ids=PEOPLE)
def test_a_document_that_nobody_vouches_for_stands_in_no_prompt(world: World, person: str) -> None:
    world.begin_anew()
    since = timezone.now()
    path = world.unverified_document(world.orders("en"))
    world.says(person, "Good morning")
    assert world.tried(since) == set()
    assert path not in json.dumps(world.house.anthropic.calls(containing="/v1/messages")[-1]["body"])


@pytest.mark.parametrize("name", ["forwarded", "web_page", "document_that_is_viewed"])
def test_without_the_policy_they_would(
    world: World, name: str, monkeypatch: pytest.MonkeyPatch, record_property: Any
) -> None:
    record_property("proof", "sources whose orders are carried out where nobody asks for authority")
    monkeypatch.setattr(authority, "why_not", lambda *_, **__: None)
    world.begin_anew()
    SOURCES[name](world, PEOPLE["owner"], world.orders("en"))
    assert {"forgot", "would send to 15550100009"} <= set(world.effects())
