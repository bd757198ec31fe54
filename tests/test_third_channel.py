"""The folder of docs/add-a-channel.md, put into a copy of the product, is a whole channel: nothing else is changed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests import containers
from tests.containers import ROOT
from tests.doubles import Double

RECIPE = re.compile(r"```python\n# (\S+\.py)\n(.*?)```", re.DOTALL)
OWNER, NUMBER = "15557654321", "15551234567"
FLAGS = ["--name", "Acme", "--slug", "acme", "--channel", "sms", "--sms-number", NUMBER, "--sms-key", "a-key"]
ALONE = """
import json
import django
django.setup()
from messaging.channels import get_channel
from messaging.channels.base import Media, TransportError

sms = get_channel("sms")
credentials, app_secret = sms.account_from({"sms_number": "15551234567", "sms_key": "k"}, "http://127.0.0.1:1")
assert (credentials.external_id, app_secret) == ("15551234567", "")
assert sms.verify(b"{}", {"x-gateway-token": "s"}, "s") and not sms.verify(b"{}", {}, "s")
body = json.dumps({"id": "m1", "from": "15557654321", "at": 1763812800, "text": "Hi"}).encode()
(entry,) = sms.parse(body)
assert entry.events[0].text == "Hi" and entry.raw == body
assert "from" in sms.parse(b'{"id": 1}')[0].events[0].reason
assert len(sms.render("**hola** " * 500)) > 1
photo = Media(kind="image", file_id="1")
for fails in (lambda: sms.fetch(credentials, photo, 1), lambda: sms.register(credentials, "1")):
    try:
        fails()
    except TransportError as error:
        assert error.permanent
    else:
        raise AssertionError("nothing was refused")
"""
COMMAND = """
import sys
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", *sys.argv[1:]])
"""
WEBHOOK = """
import sys
import django
django.setup()
from django.test import Client

path, token, text = sys.argv[1:]
body = {"id": "m1", "from": "15557654321", "at": 1763812800, "text": text}
for given, status in (("forged", 403), (token, 200), (token, 200)):
    answer = Client().post(path, body, content_type="application/json", headers={"X-Gateway-Token": given})
    assert answer.status_code == status, (answer.status_code, answer.content)
"""
WORK = """
import time
import django
django.setup()
from messaging.worker import worker

until = time.monotonic() + 60
while not worker.run_next():  # the turn waits until it has been quiet for a while
    assert time.monotonic() < until, "no turn came"
    time.sleep(0.1)
"""
ADMIN = """
import django
django.setup()
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from messaging.models import ChannelAccount, Conversation, Delivery

client = Client(SERVER_NAME="127.0.0.1")
client.force_login(User.objects.create_user("olivia", password="a-long-password-1", is_staff=True, is_superuser=True))
account, conversation, delivery = ChannelAccount.objects.get(), Conversation.objects.get(), Delivery.objects.get()
for row in (account, conversation, delivery):
    url = f"admin:messaging_{row._meta.model_name}_"
    listed, page = client.get(reverse(url + "changelist")), client.get(reverse(url + "change", args=[row.pk]))
    assert listed.status_code == page.status_code == 200
    assert "SMS" in page.text, row
assert account.webhook_url in client.get(reverse("admin:messaging_channelaccount_change", args=[account.pk])).text
"""


class Gateway(BaseHTTPRequestHandler):
    """The SMS gateway: takes what it is told, and writes it down."""

    calls: list[tuple[str, str, Any]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.calls.append((self.path, self.headers["Authorization"], body))
        answer = json.dumps({"id": f"sms-{len(self.calls)}"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Not on the tests' output."""


@pytest.fixture
def gateway() -> Iterator[tuple[str, list[tuple[str, str, Any]]]]:
    calls: list[tuple[str, str, Any]] = []
    handler = type("Handler", (Gateway,), {"calls": calls})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", calls
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def product(tmp_path: Path) -> Path:
    """A copy of the product with the page's folder in it."""
    containers.build_tree(tmp_path)
    recipe = RECIPE.findall((ROOT / "docs/add-a-channel.md").read_text())
    assert recipe
    for name, code in recipe:
        assert name.startswith("messaging/channels/sms/"), "a folder and nothing else"
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(code)
    return tmp_path


def run(product: Path, process: str, script: str, *arguments: str, **variables: str) -> str:
    env = {**os.environ, "PYTHONPATH": str(product), "DJANGO_SETTINGS_MODULE": "config.settings", **variables}
    env |= {"PROXYSTAFF_PROCESS": process, "DATA_DIR": str(product / ".data")}
    argv = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(argv, check=False, cwd=product, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def test_it_satisfies_what_a_channel_is(product: Path) -> None:
    run(product, "worker", ALONE)


def test_it_carries_a_message_in_and_its_answer_out(
    product: Path, database: None, doubles: dict[str, Double], gateway: tuple[str, list[tuple[str, str, Any]]]
) -> None:
    url, calls = gateway
    public = "https://bot.example.com"
    variables = {
        "SMS_BASE_URL": url,
        "PUBLIC_URL": public,
        "ANTHROPIC_BASE_URL": doubles["anthropic"].url,
        "ANTHROPIC_API_KEY": "sk-ant-test",
    }
    owner = ["--owner-address", f"sms:{OWNER}"]
    [account] = json.loads(run(product, "command", COMMAND, "onboard", *FLAGS, *owner, "--json", **variables))[
        "accounts"
    ]
    assert account["webhook_url"] == f"{public}/webhooks/sms/{account['id']}"
    assert account["pairing_link"].startswith(f"sms:+{NUMBER}?body=PAIR-")
    [(_, key, _), (path, _, hook)] = calls
    assert (key, path, hook["url"]) == ("Bearer a-key", "/webhook", account["webhook_url"])
    printed = run(product, "command", COMMAND, "check_channels", **variables)
    assert printed == f"ok       acme  SMS +{NUMBER}\n"

    doubles["anthropic"].post("script", answers=[{"text": "**Hello** over SMS"}])
    run(
        product,
        "web",
        WEBHOOK,
        account["webhook_url"].removeprefix(public),
        hook["token"],
        "hola, ¿qué tal?",
        **variables,
    )
    run(product, "worker", WORK, **variables)
    assert [(path, body) for path, _, body in calls if path == "/messages"] == [
        ("/messages", {"to": OWNER, "text": "Hello over SMS"})
    ]
    [call] = doubles["anthropic"].calls(containing="/v1/messages")
    assert "hola, ¿qué tal?" in json.dumps(call["body"], ensure_ascii=False)
    run(product, "admin", ADMIN, **variables)
