"""A tenant with its accounts connected to the doubles, and the doors that tests come in through."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import redis
from django.conf import settings
from django.test import Client

from messaging.accounts import connect_account
from messaging.channels.base import Credentials, Sender
from messaging.models import ChannelAccount
from messaging.pairing import link
from messaging.worker import worker
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope
from tenants_app.vault import get_secret
from tests.doubles import Double
from tests.fixtures import as_role, make_tenant

ALICE = "15550100001"  # the owner
ALICE_ON_TELEGRAM = "700001"
BOB = "15550100002"  # staff
CHARLIE = "15550100003"  # an outsider
numbers = itertools.count(1)


@dataclass
class House:
    """One tenant on the doubles. `alice` owns it, `bob` works there, `charlie` is nobody in particular."""

    tenant: Tenant
    anthropic: Double
    whatsapp: Double
    telegram: Double
    app_secret: str = "app-secret"
    phone_number_id: str = "106540352242922"
    waba_id: str = "102290129340398"
    bot_token: str = "7000000001:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"
    accounts: dict[str, ChannelAccount] = field(default_factory=dict)

    def connect_whatsapp(self) -> ChannelAccount:
        self.connect_whatsapp_again()
        self.link("whatsapp", ALICE, Contact.Role.OWNER, "Alice")
        self.link("whatsapp", BOB, Contact.Role.STAFF, "Bob")
        return self.accounts["whatsapp"]

    def connect_whatsapp_again(self) -> None:
        given = Credentials(
            external_id=self.phone_number_id,
            token="EAAG-token",
            base_url=settings.CHANNEL_BASE_URLS["whatsapp"],
            config={"waba_id": self.waba_id},
        )
        with as_role("operator"):
            connected = connect_account(self.tenant, "whatsapp", given, app_secret=self.app_secret, actor="test")
        self.accounts["whatsapp"] = connected.account

    def connect_telegram(self) -> ChannelAccount:
        given = Credentials(
            external_id=self.bot_token.partition(":")[0],
            token=self.bot_token,
            base_url=settings.CHANNEL_BASE_URLS["telegram"],
        )
        with as_role("operator"):
            connected = connect_account(self.tenant, "telegram", given, actor="test")
        self.accounts["telegram"] = connected.account
        self.link("telegram", ALICE_ON_TELEGRAM, Contact.Role.OWNER, "Alice")
        return connected.account

    def post_telegram(self, update: dict[str, Any], secret: str | None = None) -> Any:
        account = self.accounts["telegram"]
        with tenant_scope(self.tenant):
            secret = secret or get_secret(self.tenant, f"channel:{account.pk}:webhook")
        path = account.webhook_url.removeprefix(settings.PUBLIC_URL)
        return Client(raise_request_exception=False).post(
            path,
            json.dumps(update),
            content_type="application/json",
            headers={"X-Telegram-Bot-Api-Secret-Token": secret},
        )

    def telegrams(self, text: str, sender: str = ALICE_ON_TELEGRAM, **more: Any) -> Any:
        """The person writes to the bot; the update is answered with 200. The double learns of the chat too."""
        person = {"id": int(sender), "first_name": "Alice", "is_bot": False}
        number = next(numbers)
        message = {
            "message_id": number,
            "date": int(time.time()),
            "chat": {"id": int(sender), "type": "private", "first_name": "Alice"},
            "from": person,
            "text": text,
            **more,
        }
        response = self.post_telegram({"update_id": 1000 + number, "message": message})
        assert response.status_code == 200, response.content
        return response

    def mentioned(self, text: str) -> dict[str, Any]:
        """The text with the bot named before it, as a group's message has it."""
        name = f"@{self.accounts['telegram'].address}"
        return {"text": f"{name} {text}", "entities": [{"type": "mention", "offset": 0, "length": len(name)}]}

    def sent_by_telegram(self) -> list[str]:
        calls = self.telegram.calls(containing="/sendMessage")
        return [call["body"]["text"] for call in calls if call["path"].endswith("/sendMessage")]  # not drafts

    def link(self, kind: str, address: str, role: str, name: str) -> Contact:
        with tenant_scope(self.tenant):
            contact = Contact.objects.create(tenant=self.tenant, role=role, name=name)
            link(contact, kind, Sender(address=address, name=name))
        return contact

    def whatsapp_body(self, *messages: dict[str, Any], statuses: list[dict[str, Any]] | None = None) -> bytes:
        value: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550109999", "phone_number_id": self.phone_number_id},
        }
        if messages:
            value["contacts"] = [
                {"profile": {"name": "Someone"}, "wa_id": number} for number in {each["from"] for each in messages}
            ]
            value["messages"] = list(messages)
        if statuses:
            value["statuses"] = statuses
        entry = {"id": self.waba_id, "changes": [{"field": "messages", "value": value}]}
        return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()

    def text(self, text: str, sender: str = ALICE, **more: Any) -> dict[str, Any]:
        return {
            "from": sender,
            "id": f"wamid.{uuid.uuid4().hex}",
            "timestamp": str(int(time.time())),
            "type": "text",
            "text": {"body": text},
            **more,
        }

    def post_whatsapp(self, body: bytes, secret: str | None = None) -> Any:
        signature = hmac.new((secret or self.app_secret).encode(), body, hashlib.sha256).hexdigest()
        path = self.accounts["whatsapp"].webhook_url.removeprefix(settings.PUBLIC_URL)
        return Client(raise_request_exception=False).post(
            path, body, content_type="application/json", headers={"X-Hub-Signature-256": f"sha256={signature}"}
        )

    def says(self, text: str, sender: str = ALICE) -> Any:
        """The person writes to the WhatsApp number; the signed webhook is answered with 200."""
        response = self.post_whatsapp(self.whatsapp_body(self.text(text, sender)))
        assert response.status_code == 200, response.content
        return response

    def work(self) -> None:
        """Carry every due turn and send to its end, in this thread."""
        while worker.run_next():
            pass

    def script(self, *answers: dict[str, Any], **more: Any) -> None:
        self.anthropic.post("script", answers=list(answers), **more)

    def sent(self) -> list[str]:
        """The texts that WhatsApp was asked to send, in order."""
        return [
            call["body"]["text"]["body"]
            for call in self.whatsapp.calls(containing="/messages")
            if call["body"].get("type") == "text"
        ]


def build(doubles: dict[str, Double], slug: str = "acme") -> House:
    return House(make_tenant(slug), doubles["anthropic"], doubles["whatsapp"], doubles["telegram"])


def forget_limits() -> None:
    """All tokens are back and no pause is on, as after a while without a message."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        for key in client.scan_iter("ps:limit:*"):
            client.delete(key)


def wait_for(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Wait until the condition holds; fails the test where it doesn't."""
    until = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)
    return value
