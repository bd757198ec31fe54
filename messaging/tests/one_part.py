"""Sending one part of an answer to a scripted service."""

from __future__ import annotations

import pytest

from messaging.channels import get_channel
from messaging.channels.base import Credentials, Outgoing, Part, Sent, TransportError
from messaging.tests.scripted_service import ScriptedService, Step, answer

TOKEN = "123456:AAH-secret_token"
DELIVERY = "0190c1de-7d5e-7000-8000-000000000001"
UPLOADED = answer({"id": "7001"})
WHATSAPP_SENT = answer({"messaging_product": "whatsapp", "contacts": [], "messages": [{"id": "wamid.A"}]})
TELEGRAM_SENT = answer({"ok": True, "result": {"message_id": 77, "date": 1, "chat": {"id": 5, "type": "private"}}})
TELEGRAM_DONE = answer({"ok": True, "result": True})
KINDS = ["whatsapp", "telegram"]


def credentials(service: ScriptedService) -> Credentials:
    return Credentials(external_id="1155", token=TOKEN, base_url=service.base_url, config={"waba_id": "9911"})


def send(service: ScriptedService, kind: str, part: Part, *steps: Step, reply_to: str | None = None) -> Sent:
    service.steps += steps
    outgoing = Outgoing(delivery_id=DELIVERY, chat_id="34600111222", part=part, reply_to=reply_to)
    return get_channel(kind).send(credentials(service), outgoing)


def failure(
    service: ScriptedService, kind: str, part: Part, *steps: Step, reply_to: str | None = None
) -> TransportError:
    with pytest.raises(TransportError) as caught:
        send(service, kind, part, *steps, reply_to=reply_to)
    return caught.value


def refused(description: str) -> Step:
    return answer({"ok": False, "error_code": 400, "description": f"Bad Request: {description}"}, 400)
