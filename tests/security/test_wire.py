"""The doors over a real socket: how a body may come, and what an unsigned request can cause."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import uuid
from typing import Any

import pytest
from django.conf import settings

from tenants_app.scope import tenant_scope
from tenants_app.vault import get_secret
from tests.house import ALICE_ON_TELEGRAM, House, wait_for
from tests.security.conftest import Web
from tests.security.ledger import kept, texts


def whatsapp_head(house: House, body: bytes) -> bytes:
    path = house.accounts["whatsapp"].webhook_url.removeprefix(settings.PUBLIC_URL)
    signature = hmac.new(house.app_secret.encode(), body, hashlib.sha256).hexdigest()
    return head(f"POST {path}", f"X-Hub-Signature-256: sha256={signature}")


def head(line: str, *headers: str) -> bytes:
    lines = [f"{line} HTTP/1.1", "Host: whatever.example", "Connection: close", *headers, ""]
    return "\r\n".join(lines).encode()


def chunks(body: bytes) -> bytes:
    half = len(body) // 2
    pieces = (body[:half], body[half:], b"")
    return b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def test_a_message_sent_in_chunks_is_stored(house: House, web: Web, owner_connection: Any) -> None:
    body = house.whatsapp_body(house.text("in chunks"))
    assert status(web.send(whatsapp_head(house, body) + chunks(body))) == 200
    assert texts(owner_connection) == {"in chunks"}


def test_a_telegram_update_sent_in_chunks_is_not_lost(house: House, web: Web, owner_connection: Any) -> None:
    account = house.connect_telegram()
    with tenant_scope(house.tenant):
        secret = get_secret(house.tenant, f"channel:{account.pk}:webhook")
    who = {"id": int(ALICE_ON_TELEGRAM), "is_bot": False, "first_name": "Alice"}
    chat = {"id": int(ALICE_ON_TELEGRAM), "type": "private"}
    message = {"message_id": 1, "date": 1770000000, "chat": chat, "from": who, "text": "in chunks"}
    path = account.webhook_url.removeprefix(settings.PUBLIC_URL)
    start = head(f"POST {path}", f"X-Telegram-Bot-Api-Secret-Token: {secret}")
    assert status(web.send(start + chunks(json.dumps({"update_id": 1, "message": message}).encode()))) == 200
    assert texts(owner_connection) == {"in chunks"}


def test_a_body_in_chunks_has_the_same_limit(house: House, web: Web, owner_connection: Any) -> None:
    start = whatsapp_head(house, b"") + b"Transfer-Encoding: chunked\r\n\r\n"
    answer = b""
    with socket.create_connection(("127.0.0.1", web.port), timeout=20) as connection:
        connection.sendall(start)
        try:
            for _ in range(80):
                connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        except ConnectionError:  # it had answered and gone before we were done
            pass
        try:
            answer = connection.recv(65536)
        except ConnectionError:
            pytest.skip("the refusal was lost with the connection")
    assert status(answer) == 413
    assert kept(owner_connection) == 0


def test_a_body_that_broke_off_is_not_taken_for_a_message(house: House, web: Web, owner_connection: Any) -> None:
    """Telegram signs nothing, so half an update with the right secret would be kept as garbage."""
    account = house.connect_telegram()
    with tenant_scope(house.tenant):
        secret = get_secret(house.tenant, f"channel:{account.pk}:webhook")
    path = account.webhook_url.removeprefix(settings.PUBLIC_URL)
    start = head(f"POST {path}", f"X-Telegram-Bot-Api-Secret-Token: {secret}", "Content-Length: 500")
    with socket.create_connection(("127.0.0.1", web.port), timeout=20) as connection:
        connection.sendall(start + b'\r\n{"update_id": 1, "mess')
    wait_for(lambda: status(web.send(head("GET /healthz") + b"\r\n")) == 200)
    assert kept(owner_connection) == 0


@pytest.mark.parametrize("length", ["-1", "5x", "99999999999999"])
def test_a_length_that_lies_is_refused(house: House, web: Web, length: str) -> None:
    answer = web.send(whatsapp_head(house, b"{}") + f"Content-Length: {length}\r\n\r\n".encode())
    assert status(answer) in (400, 413)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE", "PATCH", "TRACE", "BREW"])
@pytest.mark.parametrize("path", ["what%00s/{}", "%ff/{}", "whatsapp/{}", "fax/{}", "whatsapp/{}/", "whatsapp/x"])
def test_nothing_unsigned_is_a_server_error(house: House, web: Web, method: str, path: str) -> None:
    asked = f"/webhooks/{path.format(uuid.uuid4())}?hub.mode=subscribe&hub.verify_token=%00%ed%a0%80&format=xml"
    answer = web.send(head(f"{method} {asked}", "Accept: text/nothing", "Content-Length: 2") + b"\r\n{}")
    assert 400 <= status(answer) < 500
