"""`manage.py parse_schedule`: what people and other programs ask the language of schedules through."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).parents[2]
HERE = ("--tz", "America/Chicago", "--now", "2026-03-11T10:00:00")


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("parse_schedule", *HERE, *arguments, stdout=out)
    return out.getvalue()


def test_it_prints_an_object_a_phrase() -> None:
    once, error = (
        json.loads(line) for line in said("--json", "remind me to pay tomorrow at 9", "sometime soon").splitlines()
    )
    assert once == {
        "phrase": "remind me to pay tomorrow at 9",
        "kind": "once",
        "rule": "at 2026-03-12T09:00:00",
        "subject": "pay",
        "next": ["2026-03-12T09:00:00-05:00"],
        "error": None,
        "hint": "",
    }
    assert (error["kind"], error["rule"], error["next"], error["error"]) == ("error", None, [], "unrecognized")
    assert "sometime" in error["hint"]


def test_it_shows_as_many_times_as_are_asked_for() -> None:
    found = json.loads(said("--json", "--count", "5", "every weekday at 8:30"))
    assert [each[:16] for each in found["next"]] == [
        "2026-03-12T08:30",
        "2026-03-13T08:30",
        "2026-03-16T08:30",
        "2026-03-17T08:30",
        "2026-03-18T08:30",
    ]


def test_the_language_can_be_given() -> None:
    assert json.loads(said("--json", "--lang", "es", "3/4"))["next"] == ["2026-04-03T09:00:00-05:00"]
    assert json.loads(said("--json", "--lang", "en", "4/3"))["next"] == ["2026-04-03T09:00:00-05:00"]
    assert json.loads(said("--json", "--lang", "auto", "3/4"))["error"] == "ambiguous"


def test_it_tells_people_in_lines() -> None:
    answer = said("every Friday at 4 send the report")
    assert "cron 0 16 * * 5" in answer
    assert "next: 2026-03-13T16:00:00-05:00" in answer
    assert "to do: send the report" in answer
    assert "too_frequent" in said("every minute")


def test_phrases_come_one_a_line_on_the_standard_input_too() -> None:
    run = subprocess.run(
        [sys.executable, "manage.py", "parse_schedule", *HERE, "--json"],
        input="tomorrow at 9am\n\nmañana a las 9\n",
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    found = [json.loads(line) for line in run.stdout.splitlines()]
    assert [each["phrase"] for each in found] == ["tomorrow at 9am", "", "mañana a las 9"]
    assert [each["kind"] for each in found] == ["once", "error", "once"]


def test_bytes_that_are_no_text_spoil_only_their_own_line_whatever_the_terminal() -> None:
    run = subprocess.run(
        [sys.executable, "manage.py", "parse_schedule", *HERE, "--json"],
        input=b"\xff\xfe\nma\xc3\xb1ana a las 9\n",
        capture_output=True,
        check=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )
    found = [json.loads(line) for line in run.stdout.decode().splitlines()]
    assert [(each["phrase"], each["kind"]) for each in found] == [("��", "error"), ("mañana a las 9", "once")]


def test_it_ends_quietly_when_nobody_reads_on() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    run = subprocess.run(
        [sys.executable, "manage.py", "parse_schedule", *HERE],
        input=b"tomorrow at 9\n",
        stdout=writing,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        check=False,
    )
    os.close(writing)
    assert (run.returncode, run.stderr) == (0, b"")


WRONG = [
    ("--tz", "Mars/Olympus"),
    ("--now", "noonish"),
    ("--now", "9999-12-31T23:59"),
    ("--now", "0001-01-01T00:00"),
    ("--count", "0"),
]


@pytest.mark.parametrize("wrong", WRONG)
def test_it_refuses_what_it_cannot_use(wrong: tuple[str, str]) -> None:
    with pytest.raises(CommandError):
        call_command("parse_schedule", *HERE, *wrong, "tomorrow", stdout=StringIO())
