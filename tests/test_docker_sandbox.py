"""That the containers in which scripts run are let make a sandbox, and nothing more than that."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.containers import APP_SERVICES, ROOT, services

PROFILE: dict[str, Any] = json.loads((ROOT / "docker/seccomp.json").read_text())
ALLOWED = {name for rule in PROFILE["syscalls"] if "args" not in rule for name in rule["names"]} - {"clone3"}
MAKES_SCRIPTS_RUN = {"admin", "worker", "manage"}


def test_bubblewrap_may_do_what_it_does() -> None:
    """As a trace of one run shows it."""
    assert {
        "clone",
        "unshare",
        "mount",
        "umount2",
        "pivot_root",
        "sethostname",
        "capset",
        "seccomp",
        "prctl",
    } <= ALLOWED
    assert {"pidfd_open", "pidfd_send_signal", "memfd_create", "close_range"} <= ALLOWED  # what starts and ends it


def test_what_no_process_of_a_container_needs_is_refused() -> None:
    assert PROFILE["defaultAction"] == "SCMP_ACT_ERRNO"
    refused = {"bpf", "perf_event_open", "io_uring_setup", "keyctl", "add_key", "ptrace", "process_vm_readv", "setns"}
    refused |= {
        "init_module",
        "kexec_load",
        "open_by_handle_at",
        "userfaultfd",
        "reboot",
        "clock_settime",
        "move_mount",
    }
    assert not refused & ALLOWED
    families = [rule["args"][0]["value"] for rule in PROFILE["syscalls"] if rule["names"] == ["socket"]]
    assert families == [1, 2, 10, 16]  # Unix, IPv4, IPv6, netlink
    assert [rule["action"] for rule in PROFILE["syscalls"] if rule["names"] == ["clone3"]] == ["SCMP_ACT_ERRNO"]


@pytest.mark.parametrize("name", APP_SERVICES)
def test_only_services_that_run_scripts_have_the_profile(name: str) -> None:
    options = services()[name]["security_opt"]
    assert "no-new-privileges:true" in options
    assert ("seccomp=docker/seccomp.json" in options) == (name in MAKES_SCRIPTS_RUN)
    assert ("apparmor=unconfined" in options) == (name in MAKES_SCRIPTS_RUN)
