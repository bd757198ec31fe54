"""What the WhatsApp double refuses, as Meta does: codes, HTTP statuses, limits, and scripted trouble."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from simulators.common import serve_in_thread
from simulators.tests.webhook_receiver import eventually, webhook_receiver
from simulators.whatsapp.double import WhatsAppDouble

NUMBER, WABA, PERSON = "106540352242922", "102290129340398", "5215512345678"
AUTH = {"Authorization": "Bearer EAAG-token"}
BASE: dict[str, Any] = {"messaging_product": "whatsapp", "to": PERSON}
MENU = {"button": "Ver", "sections": [{"title": "Hoy", "rows": [{"id": "1", "title": "Sopa"}]}]}


@pytest.fixture
def url() -> Iterator[str]:
    with serve_in_thread(WhatsAppDouble()) as url:
        sim(url, "accounts", {"phone_number_id": NUMBER, "waba_id": WABA})
        sim(url, "inbound", {"account": NUMBER, "from": {"phone": PERSON, "name": "Iñaki"}, "text": "hola"})
        yield url


def sim(url: str, what: str, body: Any) -> Any:
    response = requests.post(f"{url}/_sim/{what}", json=body, timeout=20)
    assert response.status_code == 200, response.text
    return response.json()


def send(url: str, **message: Any) -> requests.Response:
    return requests.post(f"{url}/v26.0/{NUMBER}/messages", json={**BASE, **message}, headers=AUTH, timeout=20)


def hello(url: str) -> requests.Response:
    return send(url, type="text", text={"body": "hola"})


def error_of(response: requests.Response) -> tuple[int, int, int | None]:
    error = response.json()["error"]
    assert error["fbtrace_id"]
    return response.status_code, error["code"], error.get("error_subcode")


def buttons(*titles: str, **more: Any) -> dict[str, Any]:
    replies = [{"type": "reply", "reply": {"id": f"b{n}", "title": title}} for n, title in enumerate(titles)]
    return {"type": "button", "body": {"text": "¿Sí?"}, "action": {"buttons": replies}, **more}


def menu(**action: Any) -> dict[str, Any]:
    return {"type": "list", "body": {"text": "Menú"}, "action": {**MENU, **action}}


def rows(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"id": str(n), "title": f"Row {n}", **more} for n in range(count)]


@pytest.mark.parametrize(
    "message",
    [
        {"type": "text", "text": {"body": "ñ" * 4096, "preview_url": True}},
        {"type": "interactive", "interactive": buttons("Sí", "No", "x" * 20)},
        {"type": "interactive", "interactive": menu(sections=[{"rows": rows(10, description="d" * 72)}])},
        {"type": "location", "location": {"latitude": 1.5, "longitude": "-99"}},
        {"type": "contacts", "contacts": [{"name": {"formatted_name": "Ana"}}]},
        {"type": "image", "image": {"link": "https://e.org/x.jpg", "caption": "x"}},
        {"type": "template", "template": {"name": "hello_world", "language": {"code": "en_US"}}},
        {"type": "text", "text": {"body": "x"}, "biz_opaque_callback_data": "x" * 512},
        {"to": "+52 155 1234-5678", "type": "text", "text": {"body": "x"}},
    ],
)
def test_it_takes(url: str, message: dict[str, Any]) -> None:
    assert send(url, **message).status_code == 200


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"messaging_product": "telegram", "type": "text", "text": {"body": "x"}}, 100),
        ({"to": None, "type": "text", "text": {"body": "x"}}, 100),
        ({"to": "somebody", "type": "text", "text": {"body": "x"}}, 131009),
        ({"to": None, "recipient": "ana", "type": "text", "text": {"body": "x"}}, 131009),
        ({"type": "text", "text": {"body": "x" * 4097}}, 100),
        ({"type": "text", "text": {"body": ""}}, 100),
        ({"type": "text"}, 100),
        ({"type": "poem", "poem": {}}, 100),
        ({"type": "text", "text": {"body": "x"}, "biz_opaque_callback_data": "x" * 513}, 100),
        ({"type": "text", "text": {"body": "x"}, "context": {}}, 100),
        ({"type": "interactive", "interactive": buttons("a", "b", "c", "d")}, 131009),
        ({"type": "interactive", "interactive": buttons("x" * 21)}, 100),
        ({"type": "interactive", "interactive": buttons("a", "a")}, 131009),
        ({"type": "interactive", "interactive": buttons("a", body={"text": "x" * 1025})}, 100),
        ({"type": "interactive", "interactive": buttons("a", footer={"text": "x" * 61})}, 100),
        ({"type": "interactive", "interactive": menu(button="x" * 21)}, 100),
        ({"type": "interactive", "interactive": menu(sections=[{"rows": rows(11)}])}, 131009),
        (
            {"type": "interactive", "interactive": menu(sections=[{"title": t, "rows": rows(6)} for t in ("a", "b")])},
            131009,
        ),
        ({"type": "interactive", "interactive": menu(sections=[{"rows": rows(1, description="d" * 73)}])}, 100),
        ({"type": "image", "image": {"id": "404"}}, 131009),
        ({"type": "audio", "audio": {"link": "https://e.org/a.ogg", "caption": "x"}}, 100),
        ({"type": "location", "location": {"latitude": 91, "longitude": 0}}, 131009),
        ({"type": "reaction", "reaction": {"message_id": "wamid.unknown", "emoji": "👍"}}, 131009),
        ({"type": "template", "template": {"name": "nothing", "language": {"code": "en"}}}, 132001),
        ({"type": "template", "template": {"name": "reminder", "language": {"code": "en"}}}, 132000),
    ],
)
def test_it_refuses(url: str, message: dict[str, Any], code: int) -> None:
    status, found, _subcode = error_of(send(url, **message))
    assert found == code
    assert status == (404 if code == 132001 else 400)
    shown = requests.get(f"{url}/_sim/chat?account={NUMBER}&chat={PERSON}", timeout=20).json()["messages"]
    assert [message["direction"] for message in shown] == ["in"]


@pytest.mark.parametrize(
    ("mime_type", "kind", "status"),
    [
        ("image/png", "image", 200),
        ("image/png", "document", 200),
        ("application/pdf", "image", 400),
        ("image/webp", "image", 400),
        ("image/png", "sticker", 400),
        ("audio/ogg; codecs=opus", "audio", 200),
        ("audio/ogg", "video", 400),
    ],
)
def test_a_file_is_sent_as_what_it_is(url: str, mime_type: str, kind: str, status: int) -> None:
    form, file = {"messaging_product": "whatsapp", "type": mime_type}, {"file": ("a", b"x", mime_type)}
    upload = requests.post(f"{url}/v26.0/{NUMBER}/media", data=form, files=file, headers=AUTH, timeout=20)
    sent = send(url, type=kind, **{kind: {"id": upload.json()["id"]}})
    assert sent.status_code == status
    assert status == 200 or error_of(sent)[1] == 131053


def test_tokens(url: str) -> None:
    path = f"{url}/v26.0/{NUMBER}"
    assert error_of(requests.get(path, timeout=20))[0] == 401
    assert error_of(requests.get(path, headers={"Authorization": "Bearer a b"}, timeout=20)) == (401, 190, None)
    for status, subcode in (("expired", 463), ("revoked", 460)):
        sim(url, "accounts", {"phone_number_id": NUMBER, "token_status": status})
        assert error_of(requests.get(path, headers=AUTH, timeout=20)) == (401, 190, subcode)
        assert error_of(hello(url)) == (401, 190, subcode)
    sim(url, "accounts", {"phone_number_id": NUMBER, "token_status": "valid"})
    assert hello(url).status_code == 200


def test_unknown_objects_are_400_not_404(url: str) -> None:
    wrong = requests.post(f"{url}/v26.0/{WABA}/messages", json=BASE, headers=AUTH, timeout=20)
    assert error_of(wrong) == (400, 100, 33)
    assert error_of(requests.get(f"{url}/v26.0/me-not", headers=AUTH, timeout=20)) == (400, 100, 33)
    assert error_of(requests.get(f"{url}/v26.0/{NUMBER}/phone_numbers", headers=AUTH, timeout=20)) == (400, 100, 33)
    assert requests.get(f"{url}/v26.0/a/b/c", headers=AUTH, timeout=20).json()["error"]["code"] == 100


def test_a_number_and_its_account_are_made_on_first_sight(url: str) -> None:
    number = requests.get(f"{url}/v26.0/777000111?fields=verified_name,status", headers=AUTH, timeout=20).json()
    assert number == {"verified_name": "Simulated business", "status": "CONNECTED", "id": "777000111"}
    subscribed = requests.post(f"{url}/888000222/subscribed_apps", headers=AUTH, timeout=20)
    assert subscribed.json() == {"success": True}
    listed = requests.get(f"{url}/888000222/phone_numbers", headers=AUTH, timeout=20).json()["data"]
    assert [entry["id"] for entry in listed] == ["777000111"]
    templates = requests.get(f"{url}/v26.0/888000222/message_templates", headers=AUTH, timeout=20).json()["data"]
    assert {template["status"] for template in templates} == {"APPROVED"}


def test_registration(url: str) -> None:
    sim(url, "accounts", {"phone_number_id": NUMBER, "registered": False})
    assert error_of(hello(url)) == (400, 133010, None)
    path, body = f"{url}/v26.0/{NUMBER}/register", {"messaging_product": "whatsapp", "pin": "123"}
    assert error_of(requests.post(path, json=body, headers=AUTH, timeout=20))[1] == 100
    assert requests.post(path, json={**body, "pin": "123456"}, headers=AUTH, timeout=20).json() == {"success": True}
    assert hello(url).status_code == 200


def test_an_override_url_is_verified_first(url: str) -> None:
    with webhook_receiver() as receiver:
        path = f"{url}/v26.0/{WABA}/subscribed_apps"
        body = {"override_callback_uri": receiver.url, "verify_token": "wrong"}
        assert error_of(requests.post(path, json=body, headers=AUTH, timeout=20))[1] == 2200
        body["verify_token"] = receiver.verify_token
        assert requests.post(path, json=body, headers=AUTH, timeout=20).json() == {"success": True}
        message = {"account": NUMBER, "from": {"phone": PERSON}, "text": "x", "wait": True}
        assert sim(url, "inbound", message)["acknowledged"] is True


def test_throughput_and_pair_limits(url: str) -> None:
    sim(url, "settings", {"pair_burst": 2, "pair_seconds": 6})
    assert [hello(url).status_code for _ in range(3)] == [200, 200, 429]
    assert error_of(hello(url)) == (429, 131056, None)
    sim(url, "clock", {"advance_seconds": 6})
    assert hello(url).status_code == 200
    sim(url, "settings", {"number_per_second": 0.001})
    others = [{"to": f"3460011122{n}", "type": "text", "text": {"body": "x"}} for n in range(2)]
    assert send(url, **others[0]).status_code == 200
    limited = send(url, **others[1])
    assert error_of(limited) == (429, 130429, None)
    assert int(limited.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ({"kind": "rate_limit", "retry_after": 3}, (429, 130429, None)),
        ({"kind": "rate_limit", "code": 131056}, (429, 131056, None)),
        ({"kind": "error", "status": 500}, (500, 1, None)),
        ({"kind": "error", "code": 131047}, (400, 131047, None)),
    ],
)
def test_scripted_errors(url: str, fault: dict[str, Any], answer: tuple[int, int, None]) -> None:
    sim(url, "faults", {"faults": [fault], "match": {"method": "messages", "chat": PERSON}})
    assert send(url, to="34600111222", type="text", text={"body": "x"}).status_code == 200
    refused = hello(url)
    assert error_of(refused) == answer
    if "retry_after" in fault:
        assert refused.headers["Retry-After"] == "3"
    assert hello(url).status_code == 200


def test_cut_connections_and_whole_bodies(url: str) -> None:
    faults = [{"kind": "refuse"}, {"kind": "lost_answer"}, {"kind": "http", "status": 418, "body": {"x": 1}}]
    sim(url, "faults", {"faults": [*faults, {"kind": "hang", "seconds": 0.01}]})
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            hello(url)
    whole = hello(url)
    assert (whole.status_code, whole.json()) == (418, {"x": 1})
    assert hello(url).status_code == 200
    shown = requests.get(f"{url}/_sim/chat?account={NUMBER}&chat={PERSON}", timeout=20).json()["messages"]
    assert [message["direction"] for message in shown] == ["in", "out", "out"]  # the lost answer, and after the hang
    calls = requests.get(f"{url}/_sim/journal?details=1", timeout=20).json()["calls"]
    assert [call["fault"] for call in calls] == ["refuse", "lost_answer", "http", "hang"]
    assert {call["path"] for call in calls} == {f"/v26.0/{NUMBER}/messages"}
    assert calls[0]["body"]["text"] == {"body": "hola"}


def test_a_send_that_fails_after_its_answer(url: str) -> None:
    sim(url, "faults", {"faults": [{"kind": "failed_status", "code": 131049}]})
    assert hello(url).status_code == 200

    def failed() -> list[Any]:
        shown = requests.get(f"{url}/_sim/chat?account={NUMBER}&chat={PERSON}", timeout=20).json()["messages"]
        return [message["error"]["code"] for message in shown if message["status"] == "failed"]

    assert eventually(failed) == [131049]


def test_wrong_control_bodies_say_what_is_wrong(url: str) -> None:
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("accounts", {"phone_number_id": 5}, "phone_number_id must be a string"),
        ("inbound", {"account": "1", "text": "x"}, "no account '1'"),
        ("inbound", {"account": NUMBER, "text": "x"}, "from must be"),
        ("inbound", {"account": NUMBER, "from": {"phone": "1"}, "type": "dance"}, 'under "node"'),
        ("settings", {"speed": 1}, "unknown setting"),
        ("faults", {"faults": [{"kind": "meteor"}]}, "unknown kind"),
    ]
    for what, body, reason in wrong:
        response = requests.post(f"{url}/_sim/{what}", json=body, timeout=20)
        assert response.status_code == 400
        assert reason in response.json()["error"]
