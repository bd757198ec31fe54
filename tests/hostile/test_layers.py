"""Every layer of the sandbox is there for something: taken away, a script that was held is held no more."""

from __future__ import annotations

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
# What gets through, or is seen from outside, without the layer. Nothing here harms the machine when it does.
WITHOUT: dict[str, tuple[str, ...]] = {
    "user": ("processes/sleeping", "escaping/who_it_is"),
    "pid": ("escaping/its_number", "escaping/kill", "reading/other_processes"),
    "net": ("network/loopback_with_hosts",),
    "ipc": ("processes/sleeping",),
    "uts": ("reading/host_name",),
    "cgroup": ("processes/sleeping",),
    "mount": ("reading/other_tenants_file", "reading/checkout", "reading/accounts"),
    "environment": ("processes/sleeping",),
    "descriptors": ("reading/passed_descriptor", "reading/descriptors"),
    "seccomp": ("processes/fork", "escaping/unshare", "output/memory_files", "network/netlink"),
    "rlimits": ("escaping/limits_in_force", "output/descriptors", "processes/memory_reserved"),
    "tmpfs": ("output/hidden_file",),
    "watch": ("output/many_files",),
    "deadline": ("processes/sleeping",),
    "output": ("output/flood_and_success",),
    "results": ("results/nul", "results/duplicate_keys", "results/not_a_number"),
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
    rows = catalogue()
    ended = {name: trials[layer, name].result() for name in WITHOUT[layer]}
    record_property("area", "layers taken away")
    record_property("seconds", sum(trial["seconds"] for trial in ended.values()))
    held = {name: trial["run"] for name, trial in ended.items() if not problems(rows[name], trial)}
    assert len(held) < len(ended), f"without {layer} all were held all the same: {held}"
