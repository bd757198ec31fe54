"""A whole installation as `make up` starts it, and the owner of its demo business with the phone in her hand."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from stack.parts import answers
from stack.process import free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]
FOREIGN = ("DATABASE_", "REDIS_", "ANTHROPIC_", "WHATSAPP_", "TELEGRAM_", "TRANSCRIBER_", "DJANGO_", "PROXYSTAFF_")
STARTS_WITHIN = 240  # seconds; the first start makes the database
ANSWERS_WITHIN = 60_000  # milliseconds


@dataclass
class Installation:
    environment: dict[str, str]
    addresses: dict[str, Any]
    log: Path
    password: str = ""  # of the operator, once the one-time password was changed

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

    @property
    def one_time_password(self) -> str:
        """The operator's, as it stands on the terminal."""
        [password] = re.findall(r"one-time password (\S+)\)", self.log.read_text(encoding="utf-8"))
        return str(password)


@contextmanager
def running_in(data: Path) -> Iterator[Installation]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    environment |= {"DATA_DIR": str(data), "PORT": str(free_port()), "PUBLIC_URL": ""}
    written = data / "up.log"
    with written.open("w", encoding="utf-8") as log:
        up = subprocess.Popen(
            [sys.executable, "-m", "stack", "up"], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log
        )
        run = data / "run.json"
        try:
            assert wait_until(lambda: run.exists() or up.poll() is not None, STARTS_WITHIN)
            assert up.poll() is None, written.read_text(encoding="utf-8")
            addresses = json.loads(run.read_text(encoding="utf-8"))
            assert wait_until(lambda: answers(f"{addresses['web']}/readyz", below=300), 60)
            yield Installation(environment, addresses, written)
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
