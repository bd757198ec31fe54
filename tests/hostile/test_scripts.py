"""Hostile scripts against the sandbox: each must end as the catalogue says, and harm nobody."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

import pytest

from tests.hostile.attacks import AREAS, SCRIPTS, Attack, catalogue
from tests.hostile.lanes import Lanes, Trial
from tests.hostile.verdict import problems

pytestmark = pytest.mark.hostile
ATTACKS = catalogue()


@pytest.fixture(scope="session")
def trials(lanes: Lanes, request: pytest.FixtureRequest) -> dict[str, Future[Trial]]:
    """Of the scripts that were asked for, several at once."""
    return {attack.id: lanes.begin(attack) for item in request.session.items for attack in _attacks(item)}


def _attacks(item: pytest.Item) -> list[Attack]:
    called = getattr(item, "callspec", None)
    return [each for each in called.params.values() if isinstance(each, Attack)] if called else []


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_a_hostile_script_is_held(
    attack: Attack, trials: dict[str, Future[Trial]], record_property: Callable[[str, object], None]
) -> None:
    trial = trials[attack.id].result()
    record_property("area", attack.area)
    record_property("seconds", trial["seconds"])
    assert problems(attack, trial) == [], f"{attack.id} tries {attack.tries}"


def test_every_script_has_its_row_and_says_what_it_tries() -> None:
    files = {f"{path.parent.name}/{path.stem}" for path in SCRIPTS.glob("*/*.py")}
    assert {f"{attack.area}/{attack.script}" for attack in ATTACKS.values()} == files
    assert {attack.area for attack in ATTACKS.values()} == set(AREAS)
    for attack in ATTACKS.values():
        assert attack.path.read_text().startswith("# Tries: "), attack.id
        assert attack.stopped or attack.result is not None or attack.ends != {"ok"} or attack.id in HARMLESS, attack.id


HARMLESS = {"results/as_deep_as_allowed"}  # nothing in it is forbidden
