"""The product's web process as a server in a thread, so that the doubles deliver their own webhooks to it."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.core.wsgi import get_wsgi_application
from django.db import connections

from messaging.models.account import ChannelApp
from tests.fixtures import as_role
from tests.house import ALICE, ALICE_ON_TELEGRAM, House, wait_for

SENDERS: dict[str, dict[str, Any]] = {
    "whatsapp": {"phone": ALICE, "name": "Alice"},
    "telegram": {"id": int(ALICE_ON_TELEGRAM), "first_name": "Alice"},
}


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Each thread had a connection of its own."""
        super().process_request_thread(request, client_address)
        connections.close_all()


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the base class
        """Nothing: the tests' output is for what went wrong."""


@contextmanager
def serving() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, get_wsgi_application(), server_class=_Server, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def open_door(house: House) -> None:
    """Connect Telegram too, and have both doubles deliver to the product."""
    account = house.accounts["whatsapp"]
    assert account.app_id is not None
    with as_role("operator"):
        verify_token = ChannelApp.objects.get(pk=account.app_id).verify_token
    house.whatsapp.post(
        "accounts",
        phone_number_id=house.phone_number_id,
        waba_id=house.waba_id,
        webhook_url=account.webhook_url,
        app_secret=house.app_secret,
        verify_token=verify_token,
    )
    house.connect_telegram()


def does(house: House, channel: str, kind: str, **more: Any) -> str:
    """Alice does something on her phone; the webhook that tells of it was taken. The message's id there."""
    double, account = (
        (house.whatsapp, house.phone_number_id)
        if channel == "whatsapp"
        else (house.telegram, house.bot_token.partition(":")[0])
    )
    body = {"account": account, "from": SENDERS[channel], "type": kind, "wait": 20, **more}
    answer = double.post("inbound", **body)
    assert answer["acknowledged"], answer
    return str(answer["message_id"] or "")


def telegrams(house: House) -> list[str]:
    """The texts that Telegram was asked to send, in order; drafts are not among them."""
    return [call["body"]["text"] for call in house.telegram.calls() if call["path"].endswith("/sendMessage")]


def media(content: bytes, mime_type: str, name: str = "") -> dict[str, str]:
    return {"mime_type": mime_type, "base64": base64.b64encode(content).decode(), "name": name}


def worked_until(house: House, condition: Any) -> Any:
    """Carry work until the condition holds: files are fetched and turns wait for them."""

    def step() -> Any:
        house.work()
        return condition()

    return wait_for(step)
