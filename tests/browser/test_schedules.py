"""On the phone page, over a whole installation as `make up` starts it: reminders and tasks in plain words, in English
on WhatsApp and in Spanish on Telegram, and a reminder that comes once though worker and beat are killed meanwhile."""

from __future__ import annotations

import json
import re
import signal
import urllib.request
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from stack.process import Identity, wait_until, with_environment
from stack.watcher import MARK
from tests.browser.installation import ANSWERS_WITHIN, Installation, Olivia

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

WORKS = ("worker", "beat")
TIME = re.compile(r"\w{3} \d{4}-\d\d-\d\d \d\d?:\d\d")


def processes(installation: Installation, part: str) -> list[Identity]:
    mine = set(with_environment(MARK, installation.environment["DATA_DIR"]))
    return [each for each in with_environment("PROXYSTAFF_PROCESS", part) if each in mine]


def kill(installation: Installation, *parts: str) -> None:
    """Each of them, and come back when the supervisor has started another in its place."""
    for part in parts:
        killed = processes(installation, part)
        assert killed, part
        for each in killed:
            each.send(signal.SIGKILL)
        assert wait_until(partial(is_replaced, installation, part, killed), 60), part


def is_replaced(installation: Installation, part: str, killed: list[Identity]) -> bool:
    return any(each not in killed for each in processes(installation, part))


def sent(installation: Installation, messenger: str, words: str) -> list[dict[str, Any]]:
    """The calls by which the messenger was asked to send something with these words."""
    address = f"{installation.addresses['simulators'][messenger]}/_sim/journal"
    with urllib.request.urlopen(address, timeout=10) as response:
        calls = json.load(response)["calls"]
    return [call for call in calls if words in json.dumps(call.get("body"), ensure_ascii=False)]


def times_in(text: str) -> list[str]:
    return TIME.findall(text.partition("\nLeft out")[0])


def plays(
    olivia: Olivia, agenda: str, skip: str, ask: str, command: str, words: tuple[str, str, str, str]
) -> tuple[str, str]:
    """The agenda is made, its next time left out, all of it listed; what stands in the two lists."""
    scheduled, left_out, what, rule = words
    made = olivia.says(agenda)
    assert scheduled in made
    assert len(times_in(made)) >= 3
    assert all(each.endswith(" 8:30") for each in times_in(made)[:3])
    skipped = olivia.says(skip)
    assert left_out in skipped
    listed, by_code = olivia.says(ask), olivia.says(command)
    assert what in listed
    assert what in by_code
    assert rule in by_code
    assert "stand-in" not in by_code
    assert "suplente" not in by_code
    return listed, by_code


def test_a_reminder_comes_once_though_worker_and_beat_are_killed(
    olivia: Olivia, installation: Installation, tmp_path: Path
) -> None:
    olivia.open(installation.addresses["phone"], "WhatsApp")
    said = olivia.says("remind me in 20 seconds to call the lender")
    assert "Scheduled: “call the lender”, once" in said
    kill(installation, *WORKS)
    kill(installation, *WORKS)  # as they start
    reminder = olivia.bubbles.filter(has_text="⏰ Reminder: call the lender")
    expect(reminder).to_have_count(1, timeout=2 * ANSWERS_WITHIN)
    kill(installation, *WORKS)  # who comes after them finds it done
    assert "“call the lender”" not in olivia.says("what's scheduled?")
    expect(reminder).to_have_count(1)
    assert len(sent(installation, "whatsapp", "⏰ Reminder: call the lender")) == 1
    olivia.page.screenshot(path=tmp_path / "reminder.png")


def test_what_comes_again_is_made_skipped_and_listed(olivia: Olivia, installation: Installation) -> None:
    olivia.open(installation.addresses["phone"], "WhatsApp")
    assert "Scheduled: “call the notary”, once" in olivia.says("remind me in 2 hours to call the notary")
    agenda = "every weekday at 8:30 send me my agenda"
    words = ("Scheduled: “send me my agenda”", "Left out: ", "send me my agenda", "every weekday at 8:30")
    listed, by_code = plays(olivia, agenda, "skip the next one", "what's scheduled?", "/schedule", words)
    assert "“call the notary”, once" in listed
    assert "call the notary: once" in by_code
    assert "Deleted: “send me my agenda”" in olivia.says("delete the agenda")
    assert "agenda" not in olivia.says("/schedule")


def test_the_same_in_spanish_on_telegram(olivia: Olivia, installation: Installation, tmp_path: Path) -> None:
    olivia.open(installation.addresses["phone"], "Telegram")
    assert "Programado: «llamar al banco»" in olivia.says("Recuérdame en 20 segundos llamar al banco")
    kill(installation, *WORKS)
    reminder = olivia.bubbles.filter(has_text="⏰ Recordatorio: llamar al banco")
    expect(reminder).to_have_count(1, timeout=2 * ANSWERS_WITHIN)
    agenda = "todos los días laborables a las 8:30 mándame mi agenda"
    words = (
        "Programado: «mándame mi agenda»",
        "Se omite: ",
        "mándame mi agenda",
        "todos los días laborables a las 8:30",
    )
    plays(olivia, agenda, "sáltate la próxima", "¿qué hay programado?", "/agenda", words)
    expect(reminder).to_have_count(1)
    assert len(sent(installation, "telegram", "⏰ Recordatorio: llamar al banco")) == 1
    olivia.page.screenshot(path=tmp_path / "telegram.png")
