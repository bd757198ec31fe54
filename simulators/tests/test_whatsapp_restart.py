"""Both messenger doubles as processes: the ready line, and what survives their death."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from simulators.tests.webhook_receiver import eventually, webhook_receiver

TOKEN = "7000000001:" + "A" * 35
TELEGRAM: dict[str, Any] = {"token": TOKEN, "secret_token": "s3cret", "first_name": "Café"}
WHATSAPP: dict[str, Any] = {"phone_number_id": "10001", "waba_id": "20002", "app_secret": "s3cret"}


@contextmanager
def process(service: str, state: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "-m", f"simulators.{service}", "--port", "0", "--state", str(state)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as running:
        try:
            assert running.stdout is not None
            word, url = running.stdout.readline().split()
            assert word == "ready"
            yield url, running
        finally:
            running.kill()


def sim(url: str, what: str, body: Any) -> Any:
    response = requests.post(f"{url}/_sim/{what}", json=body, timeout=20)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_telegram_goes_on_where_it_was(tmp_path: Path, how: signal.Signals) -> None:
    state = tmp_path / "telegram.json"
    act = {"account": TOKEN, "from": {"id": 5, "first_name": "Ana"}, "text": "ñ"}
    with webhook_receiver() as receiver:
        with process("telegram", state) as (url, running):
            sim(url, "accounts", {**TELEGRAM, "webhook_url": receiver.url})
            sim(url, "inbound", {**act, "wait": True})
            sim(url, "settings", {"retry_scale": 100})  # not kept over the restart, which tries again at once
            receiver.answers = [(500, {}), (500, {})]
            sim(url, "inbound", {**act, "text": "pendiente"})
            receiver.wait_for(3)
            eventually(lambda: state.exists() and json.loads(state.read_text())["webhooks"])
            running.send_signal(how)
            running.wait()
        with process("telegram", state) as (url, _running):
            receiver.wait_for(4)
            sim(url, "inbound", {**act, "wait": True})
            sent = requests.post(f"{url}/bot{TOKEN}/sendMessage", json={"chat_id": 5, "text": "x"}, timeout=20)
            assert sent.status_code == 200
        updates = [call.json() for call in receiver.calls]
        assert [update["message"]["text"] for update in updates] == ["ñ", "pendiente", "pendiente", "pendiente", "ñ"]
        assert updates[1] == updates[2] == updates[3]
        assert updates[4]["update_id"] > updates[3]["update_id"]
        assert updates[4]["message"]["message_id"] > updates[3]["message"]["message_id"]
        assert {call.headers["X-Telegram-Bot-Api-Secret-Token"] for call in receiver.calls} == {"s3cret"}


def test_whatsapp_goes_on_where_it_was(tmp_path: Path) -> None:
    state = tmp_path / "whatsapp.json"
    act = {"account": "10001", "from": {"phone": "5215512345678", "name": "Ana"}, "text": "ñ"}
    with webhook_receiver() as receiver:
        with process("whatsapp", state) as (url, running):
            account = {**WHATSAPP, "webhook_url": receiver.url, "verify_token": receiver.verify_token}
            sim(url, "accounts", account)
            sim(url, "settings", {"retry_start": 60})
            receiver.answers = [(503, {})]
            message_id = sim(url, "inbound", act)["message_id"]
            receiver.wait_for(1)
            eventually(lambda: state.exists() and json.loads(state.read_text())["webhooks"])
            running.kill()
            running.wait()
        before = len(receiver.calls)
        with process("whatsapp", state) as (url, _running):
            receiver.wait_for(before + 1)
            again = receiver.calls[before]
            assert again.body == receiver.calls[0].body
            assert again.headers["X-Hub-Signature-256"] == receiver.calls[0].headers["X-Hub-Signature-256"]
            chat = {"account": "10001", "chat": "5215512345678"}

            def delivered() -> bool:
                shown = requests.get(f"{url}/_sim/chat", params=chat, timeout=20).json()["messages"]
                return [(message["id"], message["status"]) for message in shown] == [(message_id, "delivered")]

            eventually(delivered)
            body = {"messaging_product": "whatsapp", "to": "5215512345678", "text": {"body": "x"}}
            path, auth = f"{url}/10001/messages", {"Authorization": "Bearer EAAG"}
            assert requests.post(path, json=body, headers=auth, timeout=20).status_code == 200
            receiver.wait_for(before + 3)  # the window is still open: sent and delivered
            assert b'"delivered"' in receiver.calls[-1].body
