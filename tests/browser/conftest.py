"""What the browser tests stand on: Chromium, scripted messengers, the phone as a process, and an open page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, ViewportSize, sync_playwright

from simulators.tests.fake_messenger import FakeMessenger
from simulators.tests.phone_process import PhoneProcess, running_phone
from tests.browser.installation import Installation, Olivia, running_in
from tests.browser.phone_world import World

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
DESK: ViewportSize = {"width": 1280, "height": 860}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Not for the whole session: Playwright keeps an event loop running, in which Django refuses its database.
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One for all that need it, as it takes its time to start."""
    with running_in(tmp_path_factory.mktemp("installation")) as installation:
        yield installation


@pytest.fixture
def olivia(browser: Browser, installation: Installation) -> Iterator[Olivia]:
    context = browser.new_context(viewport={"width": 1280, "height": 1100}, locale="en-GB", timezone_id="UTC")
    yield Olivia(context.new_page())
    context.close()


@pytest.fixture(scope="module")
def messengers() -> Iterator[tuple[FakeMessenger, FakeMessenger]]:
    whatsapp, telegram = FakeMessenger("whatsapp"), FakeMessenger("telegram")
    with whatsapp.running(), telegram.running():
        yield whatsapp, telegram


@pytest.fixture(scope="module")
def phone(messengers: tuple[FakeMessenger, FakeMessenger]) -> Iterator[PhoneProcess]:
    whatsapp, telegram = messengers
    with running_phone("--whatsapp", whatsapp.url, "--telegram", telegram.url, "--anthropic", telegram.url) as phone:
        yield phone


@pytest.fixture
def world(browser: Browser, phone: PhoneProcess, messengers: tuple[FakeMessenger, FakeMessenger]) -> Iterator[World]:
    """A page on a phone without chats. It fails the test for any script error or breach of the security policy."""
    whatsapp, telegram = messengers
    for fake in messengers:
        fake.forget()
    context = browser.new_context(viewport=DESK, locale="en-GB", timezone_id="UTC")
    page = context.new_page()
    troubles: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        # A simulator that is gone leaves failed requests in the console; that is no fault of the page's.
        if message.type == "error" and "Failed to load resource" not in message.text:
            troubles.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    yield World(page, phone, whatsapp, telegram)
    context.close()
    assert troubles == []
