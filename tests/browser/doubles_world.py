"""The phone before the real doubles: whoever presses something here sees it travel as the services' own payloads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from playwright.sync_api import Locator, Page, expect

from simulators.common import serve_in_thread
from simulators.telegram.double import TelegramDouble
from simulators.tests.phone_process import running_phone
from simulators.tests.webhook_receiver import Receiver, webhook_receiver
from simulators.whatsapp.double import WhatsAppDouble

NUMBER, SECRET = "106540352242922", "app-secret"
TOKEN = "7000000001:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"
OLIVIA = {"whatsapp": "15550100001", "telegram": "700001"}
LABELS = {"whatsapp": "WhatsApp", "telegram": "Telegram"}
PATIENCE = 20.0


@dataclass
class Services:
    """Both doubles with an account each, what they deliver, and the phone's address."""

    whatsapp: str
    telegram: str
    receiver: Receiver
    phone: str

    def prepare(self) -> None:
        for url in (self.whatsapp, self.telegram):
            requests.post(f"{url}/_sim/reset", timeout=PATIENCE)
        with self.receiver.changed:
            self.receiver.calls.clear()
        hook = {"webhook_url": self.receiver.url, "app_secret": SECRET, "verify_token": self.receiver.verify_token}
        self.control("whatsapp", "accounts", phone_number_id=NUMBER, name="Bloom Studio", **hook)
        self.control("whatsapp", "settings", delivered_after=0.02)
        names = {"first_name": "Bloom Studio", "username": "bloom_bot"}
        kinds = ["message", "edited_message", "callback_query", "message_reaction"]
        hook = {"webhook_url": self.receiver.url, "secret_token": "s"}
        self.control("telegram", "accounts", token=TOKEN, allowed_updates=kinds, **names, **hook)

    def control(self, service: str, path: str, **body: Any) -> Any:
        url = self.whatsapp if service == "whatsapp" else self.telegram
        answer = requests.post(f"{url}/_sim/{path}", json=body, timeout=PATIENCE)
        assert answer.ok, answer.text
        return answer.json()

    def send(self, service: str, files: dict[str, Any] | None = None, **body: Any) -> Any:
        """The business sends: WhatsApp's message, or the Telegram method under `method`."""
        if service == "whatsapp":
            whole = {"messaging_product": "whatsapp", "to": OLIVIA[service], **body}
            headers = {"Authorization": "Bearer EAAG"}
            answer = requests.post(f"{self.whatsapp}/{NUMBER}/messages", json=whole, headers=headers, timeout=PATIENCE)
        else:
            method = body.pop("method", "sendMessage")
            whole = {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}
            whole |= {"chat_id": OLIVIA[service]}
            answer = requests.post(f"{self.telegram}/bot{TOKEN}/{method}", data=whole, files=files, timeout=PATIENCE)
        assert answer.ok, answer.text
        return answer.json()

    def upload(self, content: bytes, mime_type: str, name: str) -> str:
        answer = requests.post(
            f"{self.whatsapp}/{NUMBER}/media",
            headers={"Authorization": "Bearer EAAG"},
            data={"messaging_product": "whatsapp", "type": mime_type},
            files={"file": (name, content, mime_type)},
            timeout=PATIENCE,
        )
        assert answer.ok, answer.text
        return str(answer.json()["id"])

    def came(self, service: str) -> dict[str, Any]:
        """What the next webhook with something of a person's tells: the message, or the update without its id."""

        def of_person(call: Any) -> bool:
            body = call.json()
            if service == "telegram":
                return "update_id" in body
            return "entry" in body and "messages" in body["entry"][0]["changes"][0]["value"]

        [call] = self.receiver.wait_for(1, of_person)
        with self.receiver.changed:
            self.receiver.calls.clear()
        body = call.json()
        if service == "telegram":
            return {name: value for name, value in body.items() if name != "update_id"}
        message: dict[str, Any] = body["entry"][0]["changes"][0]["value"]["messages"][0]
        return message

    def fetched(self, service: str, file_id: str) -> bytes:
        """The file as the product fetches it."""
        if service == "whatsapp":
            headers = {"Authorization": "Bearer EAAG"}
            told = requests.get(f"{self.whatsapp}/{file_id}", headers=headers, timeout=PATIENCE).json()
            return requests.get(told["url"], headers=headers, timeout=PATIENCE).content
        told = requests.get(f"{self.telegram}/bot{TOKEN}/getFile", params={"file_id": file_id}, timeout=PATIENCE).json()
        path = told["result"]["file_path"]
        return requests.get(f"{self.telegram}/file/bot{TOKEN}/{path}", timeout=PATIENCE).content


@contextmanager
def services() -> Iterator[Services]:
    with (
        serve_in_thread(WhatsAppDouble()) as whatsapp,
        serve_in_thread(TelegramDouble()) as telegram,
        webhook_receiver() as receiver,
        running_phone("--whatsapp", whatsapp, "--telegram", telegram) as phone,
    ):
        yield Services(whatsapp, telegram, receiver, phone.url)


@dataclass
class Hands:
    """Somebody with the page open."""

    page: Page
    services: Services
    skin: str = "whatsapp"

    def open(self, skin: str) -> None:
        self.skin = skin
        self.page.goto(self.services.phone)
        self.page.get_by_role("radio", name=LABELS[skin], exact=True).check()
        expect(self.page.locator("#chat-state")).to_have_text({"whatsapp": "online", "telegram": "bot"}[skin])

    def write(self, text: str) -> None:
        self.page.get_by_role("textbox", name="Message").fill(text)
        self.page.keyboard.press("Enter")

    def attach(self, entry: str) -> None:
        self.page.get_by_role("button", name="Attach").click()
        self.page.get_by_role("menuitem", name=entry, exact=True).click()

    def pick(self, entry: str, name: str, mime_type: str, content: bytes) -> None:
        with self.page.expect_file_chooser() as chooser:
            self.attach(entry)
        chooser.value.set_files({"name": name, "mimeType": mime_type, "buffer": content})

    def act(self, bubble: Locator, entry: str) -> None:
        bubble.hover()
        bubble.get_by_role("button", name="Message actions").click()
        bubble.get_by_role("menuitem", name=entry, exact=True).click()

    def bubble(self, text: str) -> Locator:
        return self.page.locator(".message", has_text=text)

    def came(self) -> dict[str, Any]:
        return self.services.came(self.skin)
