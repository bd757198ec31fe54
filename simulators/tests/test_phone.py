"""The phone's server, over real sockets: what it serves, what it passes on, and what it refuses."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests
from aiohttp import web

from simulators.common import Double, serve_in_thread
from simulators.tests.fake_messenger import FakeMessenger
from simulators.tests.phone_process import PATIENCE, PhoneProcess, running_phone, start_phone, wait_until

OLIVIA = "15550100001"
NOWHERE = "http://127.0.0.1:1"  # a port on which nothing listens
HELLO = {"account": "acc-1", "from": {"phone": OLIVIA, "name": "Olivia"}, "type": "text", "text": "¡Hola! 👋"}
WHERE = {"account": "acc-1", "chat": OLIVIA}


class Product(Double):
    """As much of the product's web process as the phone looks at."""

    ready = True

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return [web.get("/readyz", self._ready)]

    async def _ready(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({}, status=200 if self.ready else 503)


@pytest.fixture(scope="module")
def whatsapp() -> Iterator[FakeMessenger]:
    fake = FakeMessenger("whatsapp")
    with fake.running():
        yield fake


@pytest.fixture(scope="module")
def phone(whatsapp: FakeMessenger) -> Iterator[PhoneProcess]:
    """WhatsApp simulated, Telegram's double gone, Claude real."""
    with running_phone("--whatsapp", whatsapp.url + "/", "--telegram", NOWHERE) as phone:
        yield phone


@pytest.fixture(autouse=True)
def nothing_received(whatsapp: FakeMessenger) -> None:
    whatsapp.forget()


def test_page_and_every_file_it_names_are_served(phone: PhoneProcess) -> None:
    page = requests.get(phone.url, timeout=PATIENCE)
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    scripts = {path.name for path in Path("static/phone").glob("*.js")}
    named = re.findall(r'(?:href|src)="(/[^"]+)"', page.text)
    seen = set()
    types = {".js": "javascript", ".css": "text/css", ".svg": "image/svg+xml"}  # nosniff: a wrong one is not run
    while named:
        path = named.pop()
        answer = requests.get(phone.url + path, timeout=PATIENCE)
        assert answer.status_code == 200, path
        assert types[Path(path).suffix] in answer.headers["Content-Type"], path
        seen.add(Path(path).name)
        imported = re.findall(r'from "\./([^"]+)"', answer.text)
        named += [f"/static/phone/{name}" for name in imported if name not in seen]
    assert scripts <= seen


def test_strict_policy_stands_on_every_answer_and_the_page_keeps_to_it(phone: PhoneProcess) -> None:
    for path in ("/", "/static/phone/app.js", "/api/parts", "/api/whatsapp/accounts", "/nothing-here"):
        headers = requests.get(phone.url + path, timeout=PATIENCE).headers
        directives = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
        sources = {name: value for name, value in directives.items() if name.endswith("-src")}
        assert sources.pop("default-src") == "'none'"
        assert set(sources.values()) == {"'self'"}, path
        assert directives["require-trusted-types-for"] == "'script'"
        assert headers["X-Content-Type-Options"] == "nosniff"
    page = requests.get(phone.url, timeout=PATIENCE).text
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|https?://(?!www\.w3\.org)", page)


def test_relays_accounts_and_chat(phone: PhoneProcess, whatsapp: FakeMessenger) -> None:
    whatsapp.show(OLIVIA, {"text": "Good morning ☀️"})
    accounts = requests.get(f"{phone.url}/api/whatsapp/accounts", timeout=PATIENCE).json()["accounts"]
    assert accounts == whatsapp.accounts
    chat = requests.get(f"{phone.url}/api/whatsapp/chat", params=WHERE, timeout=PATIENCE).json()
    assert [message["text"] for message in chat["messages"]] == ["Good morning ☀️"]


def test_relays_what_a_person_writes_unchanged(phone: PhoneProcess, whatsapp: FakeMessenger) -> None:
    answer = requests.post(f"{phone.url}/api/whatsapp/inbound", json=HELLO, timeout=PATIENCE)
    assert answer.status_code == 200
    assert answer.json()["queued"] is True
    assert whatsapp.received == [HELLO]


def test_passes_on_the_simulators_own_refusal(phone: PhoneProcess, whatsapp: FakeMessenger) -> None:
    whatsapp.refuse_next = 1
    answer = requests.post(f"{phone.url}/api/whatsapp/inbound", json=HELLO, timeout=PATIENCE)
    assert answer.status_code == 503
    assert answer.json() == {"error": "the simulator is having a bad day"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Content-Type": "application/json", "Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_other_sites_cannot_write_through_the_visitors_browser(
    phone: PhoneProcess, whatsapp: FakeMessenger, headers: dict[str, str], status: int
) -> None:
    answer = requests.post(f"{phone.url}/api/whatsapp/inbound", data="{}", headers=headers, timeout=PATIENCE)
    assert answer.status_code == status
    assert answer.json()["error"]
    assert whatsapp.received == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/whatsapp/journal"),
        ("POST", "/api/whatsapp/reset"),
        ("POST", "/api/whatsapp/faults"),
        ("POST", "/api/whatsapp/accounts"),
        ("POST", "/api/whatsapp/chat"),
        ("GET", "/api/whatsapp/inbound"),
        ("GET", "/api/anthropic/journal"),
        ("GET", "/api/whatsapp/chat%2F..%2Fjournal"),
        ("GET", "/api/whatsapp/chat/../journal"),
        ("GET", "/_sim/journal"),
        ("GET", "/static/phone/../../pyproject.toml"),
        ("GET", "/static/phone/%2e%2e/%2e%2e/pyproject.toml"),
        ("GET", "/static/phone/"),
    ],
)
def test_nothing_else_can_be_reached(phone: PhoneProcess, method: str, path: str) -> None:
    request = requests.Request(method, phone.url, json={} if method == "POST" else None).prepare()
    request.url = phone.url + path  # as it stands: requests would tidy the dots away
    with requests.Session() as session:
        assert session.send(request, timeout=PATIENCE).status_code in {403, 404, 405}


def test_query_cannot_change_what_is_asked_of_the_simulator(phone: PhoneProcess, whatsapp: FakeMessenger) -> None:
    asked = {**WHERE, "details": "1", "chat": f"{OLIVIA}&account=other#/../journal"}
    chat = requests.get(f"{phone.url}/api/whatsapp/chat", params=asked, timeout=PATIENCE).json()
    assert chat["messages"] == []
    assert list(whatsapp.chats) == [("acc-1", asked["chat"])]


@pytest.mark.parametrize("path", ["accounts", "chat?account=a&chat=b", "events?account=a&chat=b"])
def test_simulator_that_is_gone_is_named(phone: PhoneProcess, path: str) -> None:
    answer = requests.get(f"{phone.url}/api/telegram/{path}", timeout=PATIENCE)
    assert answer.status_code == 502
    assert answer.json() == {"error": f"the Telegram simulator at {NOWHERE} does not answer: is it running?"}


def test_service_that_is_not_simulated_says_so(whatsapp: FakeMessenger) -> None:
    with running_phone("--whatsapp", whatsapp.url) as phone:
        for path in ("accounts", "chat", "events"):
            answer = requests.get(f"{phone.url}/api/telegram/{path}", timeout=PATIENCE)
            assert answer.status_code == 404, path
            assert answer.json() == {"error": "Telegram is not simulated here: write to the account from a real phone"}


def events_of(stream: requests.Response) -> Iterator[str]:
    yield from (line for line in stream.iter_lines(chunk_size=1, decode_unicode=True) if line)


def test_events_pass_as_they_happen_and_end_with_the_page(phone: PhoneProcess, whatsapp: FakeMessenger) -> None:
    address = f"{phone.url}/api/whatsapp/events"
    with requests.get(address, params=WHERE, stream=True, timeout=PATIENCE) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        wait_until(lambda: whatsapp.watchers(OLIVIA) == 1, "the phone watches the chat")
        events = events_of(stream)
        known = whatsapp.show(OLIVIA, {"text": "Ready ✅"})
        assert next(events) == "event: chat"
        assert "Ready" in next(events)
        whatsapp.set_status(OLIVIA, known, "read")
        assert next(events) == "event: status"
    wait_until(lambda: whatsapp.watchers(OLIVIA) == 0, "the simulator learns that the page was closed")


def test_stream_ends_when_the_simulator_dies() -> None:
    fake = FakeMessenger("whatsapp")
    with fake.running() as url, running_phone("--whatsapp", url) as phone:
        stream = requests.get(f"{phone.url}/api/whatsapp/events", params=WHERE, stream=True, timeout=PATIENCE)
        wait_until(lambda: fake.watchers(OLIVIA) == 1, "the phone watches the chat")
        fake.stop()
        assert list(events_of(stream)) == []
        stream.close()
        answer = requests.get(f"{phone.url}/api/whatsapp/accounts", timeout=PATIENCE)
        assert answer.status_code == 502


def parts_of(*flags: str) -> Any:
    with running_phone(*flags) as phone:
        return requests.get(f"{phone.url}/api/parts", timeout=PATIENCE).json()


def test_tells_what_is_simulated_and_whether_the_product_is_ready() -> None:
    bare = parts_of()
    assert [bare[name]["simulated"] for name in ("whatsapp", "telegram", "claude")] == [False, False, False]
    assert bare["web"] == {"url": None, "ready": None}
    product = Product()
    with serve_in_thread(product) as url:
        parts = parts_of("--telegram", NOWHERE, "--anthropic", NOWHERE, "--web", url)
        assert [parts[name]["simulated"] for name in ("whatsapp", "telegram", "claude")] == [False, True, True]
        assert parts["web"] == {"url": url, "ready": True}
        product.ready = False
        assert parts_of("--web", url)["web"]["ready"] is False
    assert parts_of("--web", url)["web"]["ready"] is False


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_stops_on_a_signal_with_a_page_still_open(whatsapp: FakeMessenger, signum: signal.Signals) -> None:
    with running_phone("--whatsapp", whatsapp.url) as phone:
        stream = requests.get(f"{phone.url}/api/whatsapp/events", params=WHERE, stream=True, timeout=PATIENCE)
        phone.process.send_signal(signum)
        _, errors = phone.process.communicate(timeout=PATIENCE)
        stream.close()
    assert phone.process.returncode == 0
    assert errors == ""


def test_refuses_to_start_with_a_wrong_url_and_names_it() -> None:
    with start_phone("--whatsapp", "127.0.0.1:8101") as process:
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "'127.0.0.1:8101' is not a URL such as http://127.0.0.1:8101" in errors


def test_says_which_port_is_taken(phone: PhoneProcess) -> None:
    port = phone.url.rsplit(":", 1)[1]
    with start_phone("--port", port) as process:
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert errors.startswith(f"cannot listen on 127.0.0.1:{port}: ")
