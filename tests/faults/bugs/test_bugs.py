"""Each bug still finds the guard that it takes away: else the proof of the fault runs would prove nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.faults.bugs import BUGS
from tests.faults.bugs.database import forget_unique_key
from tests.faults.bugs.surgery import GuardMoved, edit, rewrite
from tests.faults.checker import RULES

ROOT = Path(__file__).resolve().parents[3]
BRING_IN_ALL = """
import django
django.setup()
from tests.faults.bugs import BUGS
for bug in BUGS.values():
    bug.bring_in()
    print(bug.name)
"""
SHIFT = """
import django, time
django.setup()
from messaging.models import Message
from tenants_app.ids import new_id
for made in (new_id(), Message().pk):
    print(round(((made.int >> 80) / 1000 - time.time()) / 10))
"""


def run(code: str, **env: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own, as what it changes stays changed."""
    known = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.faults.settings", "PROXYSTAFF_PROCESS": "worker", **env}
    known.pop("FAULTS_DIR", None)
    argv = [sys.executable, "-c", code]
    return subprocess.run(argv, env=known, cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_bug_finds_its_guard() -> None:
    ran = run(BRING_IN_ALL)
    assert ran.stdout.split() == list(BUGS), ran.stderr


def test_the_unique_key_is_taken_away_in_the_database(owner_connection: psycopg.Connection[Any]) -> None:
    with owner_connection.transaction(force_rollback=True):
        forget_unique_key(owner_connection)
        row = owner_connection.execute("SELECT pg_get_functiondef('public.messaging_store'::regproc)").fetchone()
        assert row is not None
        assert "ON CONFLICT" not in row[0]
        with pytest.raises(psycopg.errors.UndefinedObject), owner_connection.transaction():
            owner_connection.execute("ALTER TABLE messaging_message DROP CONSTRAINT message_key_unique")
        with pytest.raises(GuardMoved):
            forget_unique_key(owner_connection)


def test_a_process_that_is_asked_for_an_unknown_bug_does_not_start() -> None:
    ran = run("import django; django.setup()", FAULTS_BUG="no_such_bug")
    assert ran.returncode != 0
    assert "no_such_bug" in ran.stderr


def test_ids_of_a_host_whose_clock_is_wrong_are_shifted_everywhere() -> None:
    assert run(SHIFT, FAULTS_ID_SKEW="-40").stdout.split() == ["-4", "-4"]


def test_each_bug_says_which_rules_find_it() -> None:
    assert len(BUGS) == 10
    for bug in BUGS.values():
        assert bug.rules
        assert bug.rules <= set(RULES)


def answer() -> str:
    return "guarded"


TEXT = "guarded"


def test_an_edit_changes_the_function_for_whoever_holds_it_and_fails_where_its_text_is_gone() -> None:
    held = answer
    edit(answer, ('"guarded"', '"open"'))
    assert held() == "open"
    with pytest.raises(GuardMoved, match="0 times, not once"):
        edit(answer, ("epoch", ""))
    with pytest.raises(GuardMoved, match="no text named GONE"):
        rewrite(sys.modules[__name__], "GONE", ("a", "b"))
    with pytest.raises(GuardMoved, match="2 times, not once"):
        rewrite(sys.modules[__name__], "TEXT", ("d", ""))
