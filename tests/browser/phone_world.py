"""What a phone's browser test holds in its hands, and the words for using it."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from simulators.tests.fake_messenger import FakeMessenger
from simulators.tests.phone_process import PhoneProcess

OLIVIA = {"whatsapp": "15550100001", "telegram": "700001"}
LABELS = {"whatsapp": "WhatsApp", "telegram": "Telegram"}
expect.set_options(timeout=20_000)


@dataclass
class World:
    """Both messengers, the phone and an open page on it."""

    page: Page
    phone: PhoneProcess
    whatsapp: FakeMessenger
    telegram: FakeMessenger
    skin: str = "whatsapp"

    @property
    def fake(self) -> FakeMessenger:
        return self.whatsapp if self.skin == "whatsapp" else self.telegram

    @property
    def olivia(self) -> str:
        return OLIVIA[self.skin]

    @property
    def state(self) -> Locator:
        return self.page.locator("#chat-state")

    def open(self, skin: str) -> None:
        self.skin = skin
        self.page.goto(self.phone.url)
        self.page.get_by_role("radio", name=LABELS[skin], exact=True).check()
        expect(self.state).to_have_text({"whatsapp": "online", "telegram": "bot"}[skin])

    def write(self, text: str) -> None:
        self.page.get_by_role("textbox", name="Message").fill(text)
        self.page.keyboard.press("Enter")

    def bubble(self, text: str) -> Locator:
        return self.page.locator(".message", has_text=text)
