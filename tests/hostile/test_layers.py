"""Every layer of the sandbox is there for something: taken away, a script that was held is held no more."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

import pytest

from tests.hostile.attacks import catalogue
from tests.hostile.lanes import Lanes, Trial
from tests.hostile.verdict import problems
from tooling.sandbox.types import ALL

pytestmark = pytest.mark.hostile
Arguments = Mapping[str, Any]
OTHERS = "reading/other_processes"
# The attacks that get through without the layer, or what is seen of it from outside, and words of what is then found.
# Nothing here harms the machine.
WITHOUT: dict[str, dict[str, str]] = {
    "user": {"processes/sleeping": "shares the user namespace", "escaping/who_it_is": "it got through: user 0"},
    "pid": {
        "escaping/its_number": "it got through",
        "escaping/kill": "it got through: runner",
        OTHERS: "it got through",
    },
    "net": {"network/loopback_with_hosts": "it saw a canary"},
    "ipc": {"processes/sleeping": "shares the ipc namespace"},
    "uts": {"reading/host_name": "it got through"},
    "cgroup": {"processes/sleeping": "shares the cgroup namespace"},
    "mount": {"reading/other_tenants_file": "it saw a canary", "reading/accounts": "it got through: root"},
    "environment": {"processes/sleeping": "environ tells it"},
    "descriptors": {"reading/passed_descriptor": "it saw a canary", "reading/descriptors": "it saw a canary"},
    "seccomp": {
        "processes/fork": "it got through: child",
        "escaping/unshare": "it got through: user",
        "output/memory_files": "it got through: memfd",
        "network/netlink": "it got through",
    },
    "rlimits": {"output/descriptors": "it got .* held, more than", "processes/memory_reserved": "it got through"},
    "tmpfs": {"output/hidden_file": "it got .* mib, more than"},
    "watch": {"output/many_files": "it got through: 150000 files"},
    "deadline": {"processes/sleeping": "it got through: it slept to its end"},
    "output": {"output/flood_and_success": "characters of stdout were kept"},
    "results": {"results/nul": "it ended as ok", "results/duplicate_keys": "it ended as ok"},
}
ARGS: dict[str, Arguments] = {"deadline": {"sleep": 4}}  # of an attack without this layer


@pytest.fixture(scope="module")
def trials(lanes: Lanes) -> dict[tuple[str, str], Future[Trial]]:
    rows = catalogue()
    return {
        (layer, name): lanes.begin(rows[name], [layer], ARGS.get(layer)) for layer in WITHOUT for name in WITHOUT[layer]
    }


def test_every_layer_has_an_attack() -> None:
    assert set(WITHOUT) == ALL


@pytest.mark.parametrize("layer", sorted(ALL))
def test_without_a_layer_something_gets_through(
    layer: str, trials: dict[tuple[str, str], Future[Trial]], record_property: Callable[[str, object], None]
) -> None:
    if layer == "user" and os.getuid():
        pytest.skip("bubblewrap makes a user namespace for an ordinary user whether it is told to or not")
    seconds = 0.0
    for name, words in WITHOUT[layer].items():
        trial = trials[layer, name].result()
        seconds += trial["seconds"]
        found = problems(catalogue()[name], trial)
        assert any(re.search(words, each) for each in found), f"without {layer}, {name}: {found} {trial}"
    record_property("area", "layers taken away")
    record_property("seconds", seconds)
