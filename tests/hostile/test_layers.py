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
# With all of these gone at once, what else gets through: that a script is held is then no mistake of its own.
LOOSE = ("user", "net", "ipc", "uts", "cgroup", "mount", "environment", "descriptors", "seccomp")
LIVE = (
    *(f"processes/{name}" for name in ("fork_by_number", "clone3", "posix_spawn", "shell", "zombies")),
    *("output/memory_files", "output/shared_memory", "output/locks"),
    *(f"reading/{name}" for name in ("other_tenants_directory", "dots", "symbolic_link", "listing_of_the_root")),
    *(
        f"reading/{name}"
        for name in ("processes", "kernel", "first_stack", "environment", "temporary_files", "devices")
    ),
    *(f"escaping/{name}" for name in ("unshare_by_number", "dumpable", "keyring", "asynchronous_io", "memfd_exec")),
    *(f"escaping/{name}" for name in ("personality", "own_filter", "own_machine_code", "splicing", "pidfd")),
    *(f"network/{name}" for name in ("loopback", "loopback_by_number", "loopback_datagrams", "host_addresses")),
    *(f"network/{name}" for name in ("unix_sockets", "abstract_sockets", "listening", "interfaces", "other_families")),
)
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
    record_property("proof", "layers, each missed when it is taken away")
    if layer == "user" and os.getuid():
        pytest.skip("bubblewrap makes a user namespace for an ordinary user whether it is told to or not")
    for name, words in WITHOUT[layer].items():
        trial = trials[layer, name].result()
        found = problems(catalogue()[name], trial)
        assert any(re.search(words, each) for each in found), f"without {layer}, {name}: {found} {trial}"


@pytest.fixture(scope="module")
def loose(lanes: Lanes) -> dict[str, Future[Trial]]:
    return {name: lanes.begin(catalogue()[name], LOOSE) for name in LIVE}


@pytest.mark.parametrize("name", LIVE)
def test_without_a_sandbox_it_gets_through(
    name: str, loose: dict[str, Future[Trial]], record_property: Callable[[str, object], None]
) -> None:
    record_property("proof", "scripts that get through where no sandbox is")
    trial = loose[name].result()
    found = problems(catalogue()[name], trial)
    assert any("it got through" in each or "it saw a canary" in each for each in found), f"{name}: {found} {trial}"
