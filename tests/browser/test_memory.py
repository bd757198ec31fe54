"""On the phone page, over a whole installation as `make up` starts it: told, asked anew, corrected, asked where from,
forgotten; and a chat that was brought along."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from stack.parts import answers
from stack.process import free_port, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

ROOT = Path(__file__).resolve().parents[2]
FOREIGN = ("DATABASE_", "REDIS_", "ANTHROPIC_", "WHATSAPP_", "TELEGRAM_", "TRANSCRIBER_", "DJANGO_", "PROXYSTAFF_")
STARTS_WITHIN = 240  # seconds; the first start makes the database
ANSWERS_WITHIN = 60_000  # milliseconds


@dataclass
class Installation:
    environment: dict[str, str]
    addresses: dict[str, Any]

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    data = tmp_path_factory.mktemp("installation")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    environment |= {"DATA_DIR": str(data), "PORT": str(free_port()), "PUBLIC_URL": ""}
    with (data / "up.log").open("w", encoding="utf-8") as log:
        up = subprocess.Popen(
            [sys.executable, "-m", "stack", "up"], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log
        )
        run = data / "run.json"
        try:
            assert wait_until(lambda: run.exists() or up.poll() is not None, STARTS_WITHIN)
            assert up.poll() is None, (data / "up.log").read_text(encoding="utf-8")
            addresses = json.loads(run.read_text(encoding="utf-8"))
            assert wait_until(lambda: answers(f"{addresses['web']}/readyz", below=300), 60)
            yield Installation(environment, addresses)
        finally:
            up.terminate()
            up.wait(60)


@dataclass
class Olivia:
    """The owner, with the phone in her hand."""

    page: Page

    def open(self, phone: str, skin: str) -> None:
        self.page.goto(phone)
        self.page.get_by_role("radio", name=skin, exact=True).check()
        expect(self.page.locator("#chat-state")).to_have_text({"WhatsApp": "online", "Telegram": "bot"}[skin])

    @property
    def bubbles(self) -> Locator:
        return self.page.locator(".message.theirs")

    def says(self, text: str) -> str:
        """What is answered to it."""
        before = self.bubbles.count()
        self.page.get_by_role("textbox", name="Message").fill(text)
        self.page.keyboard.press("Enter")
        expect(self.bubbles).to_have_count(before + 1, timeout=ANSWERS_WITHIN)
        return self.bubbles.nth(before).inner_text()


@pytest.fixture
def olivia(browser: Browser, installation: Installation) -> Iterator[Olivia]:
    context = browser.new_context(viewport={"width": 1280, "height": 1100}, locale="en-GB", timezone_id="UTC")
    yield Olivia(context.new_page())
    context.close()


def test_told_asked_anew_corrected_asked_where_from_and_forgotten(
    olivia: Olivia, installation: Installation, tmp_path: Path
) -> None:
    olivia.open(installation.addresses["phone"], "WhatsApp")
    assert "Remembered: Olivia, gym fee: $45 a month" in olivia.says("My gym fee is $45 a month.")
    olivia.says("/new")
    asked = olivia.says("What is my gym fee?")
    assert "$45 a month (said by the owner on" in asked
    assert "never so: Olivia, gym fee: $45 a month" in olivia.says("No, it's $52 a month")
    olivia.says("/new")
    asked = olivia.says("What is my gym fee?")
    assert "$52 a month (said by the owner on" in asked
    source = olivia.says("Where did you get that?")
    assert "Olivia, over WhatsApp: “No, it's $52 a month”" in source
    listed = olivia.says("/memory")
    assert "$52 a month" in listed
    assert "$45" not in listed
    olivia.page.screenshot(path=tmp_path / "known.png")

    olivia.says("What is my gym fee?")
    assert "Forgotten for good: " in olivia.says("Forget that.")
    asked = olivia.says("What is my gym fee?")
    assert "$52" not in asked
    assert "$45" not in asked
    assert "$52" not in olivia.says("/memory")
    found = json.loads(installation.manage("search_memory", "--tenant", "demo", "--json", "gym fee month"))
    assert "$52" not in json.dumps(found)
    assert "$45" not in json.dumps(found)
    olivia.page.screenshot(path=tmp_path / "forgotten.png")


def test_in_spanish_on_telegram_with_a_document_and_a_chat_that_was_brought_along(
    olivia: Olivia, installation: Installation, tmp_path: Path
) -> None:
    olivia.open(installation.addresses["phone"], "Telegram")
    assert "talla de anillo: 12" in olivia.says("Recuerda que mi talla de anillo es 12")
    assert "/memories/knowledge/listings.md" in olivia.says("Note that 14 Elm Street is sold about our listings")
    assert "/memories/knowledge/listings.md" in olivia.says("Anota en listings: 9 Oak Road baja a 300.000")
    olivia.says("/new")
    assert "12 (said by the owner" in olivia.says("¿Cuál es mi talla de anillo?")

    chat = ROOT / "memory" / "tests" / "exports" / "android_en.txt"
    told = installation.manage("import_history", "--tenant", "demo", str(chat), "--chat", "Nora")
    assert "5 messages: 5 new" in told
    found = olivia.says("What did we say about the boiler?")
    assert "Nora Patel: The boiler is a Vaillant ecoTEC, serviced last May." in found
    hits = json.loads(installation.manage("search_memory", "--tenant", "demo", "--json", "Elm Street sold"))
    assert any(hit["source"] == "document" and "14 Elm Street is sold" in hit["text"] for hit in hits)
    olivia.page.screenshot(path=tmp_path / "telegram.png")
