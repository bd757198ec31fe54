"""Fetching what people sent: who is shown the token, how much is read, and what becomes of files that are not there."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from messaging.channels import get_channel, wire
from messaging.channels.base import Fetched, Media, TransportError
from messaging.channels.whatsapp.download import may_have_token
from messaging.tests.one_part import KINDS, TOKEN, credentials, refused
from messaging.tests.scripted_service import ScriptedService, Step, answer

PDF = b"%PDF-1.7 \x00\xff"
FILE = answer(PDF, headers={"Content-Type": "application/pdf; charset=x"})
PATH = {"file_id": "A", "file_unique_id": "B", "file_path": "documents/file_1.pdf"}


@pytest.fixture
def service() -> Iterator[ScriptedService]:
    with ScriptedService() as running:
        yield running


@pytest.fixture
def elsewhere() -> Iterator[ScriptedService]:
    with ScriptedService(steps=[FILE]) as running:
        yield running


def node(service: ScriptedService, **changed: Any) -> Step:
    given = {"url": f"{service.base_url}/files/?mid=7001", "mime_type": "application/pdf", "id": "7001"}
    return answer({**given, "messaging_product": "whatsapp", **changed})


def named(service: ScriptedService, kind: str, **changed: Any) -> Step:
    """The service's answer to where a file lies."""
    if kind == "whatsapp":
        return node(service, **changed)
    return answer({"ok": True, "result": {**PATH, **changed}})


def fetch(service: ScriptedService, kind: str, *steps: Step, max_bytes: int = 1000, **media: Any) -> Fetched:
    service.steps += steps
    wanted = Media(**{"kind": "document", "file_id": "7001", **media})
    return get_channel(kind).fetch(credentials(service), wanted, max_bytes)


def failure(service: ScriptedService, kind: str, *steps: Step, **more: Any) -> TransportError:
    with pytest.raises(TransportError) as caught:
        fetch(service, kind, *steps, **more)
    assert not caught.value.in_doubt
    return caught.value


def test_whatsapp_names_a_url_which_wants_the_token(service: ScriptedService) -> None:
    fetched = fetch(service, "whatsapp", node(service), FILE, name="menú.pdf")
    assert fetched == Fetched(content=PDF, mime="application/pdf", name="menú.pdf")
    asked, got = service.received
    assert (asked.method, asked.path) == ("GET", "/7001")
    assert (got.method, got.path) == ("GET", "/files/?mid=7001")
    assert [call.headers["authorization"] for call in service.received] == [f"Bearer {TOKEN}"] * 2


def test_telegram_names_a_path(service: ScriptedService) -> None:
    fetched = fetch(service, "telegram", named(service, "telegram"), FILE, file_id="A-_b")
    assert fetched == Fetched(content=PDF, mime="application/pdf", name="file_1.pdf")
    asked, got = service.received
    assert (asked.path, asked.body) == (f"/bot{TOKEN}/getFile", {"file_id": "A-_b"})
    assert (got.method, got.path) == ("GET", f"/file/bot{TOKEN}/documents/file_1.pdf")
    assert "authorization" not in got.headers


@pytest.mark.parametrize("expired", [answer(b"", 404), answer(b"", 401), answer({"error": {"code": 190}}, 401)])
def test_a_url_that_has_run_out_is_asked_for_anew_once(service: ScriptedService, expired: Step) -> None:
    assert fetch(service, "whatsapp", node(service), expired, node(service), FILE).content == PDF
    assert len(service.received) == 4
    error = failure(service, "whatsapp", node(service), expired, node(service), expired)
    assert not error.permanent
    assert len(service.received) == 8


def test_a_file_that_meta_no_longer_has_is_lost_for_good(service: ScriptedService) -> None:
    gone = answer({"error": {"code": 100, "error_subcode": 33, "message": "does not exist"}}, 400)
    error = failure(service, "whatsapp", gone)
    assert (error.permanent, error.code) == (True, "100/33")


@pytest.mark.parametrize("url", [None, "", 5, "//x", "http://[::1", "javascript:x", "http://lookaside.fbsbx.com/x"])
def test_a_url_that_is_none_of_metas_is_not_asked(service: ScriptedService, url: object) -> None:
    error = failure(service, "whatsapp", node(service, url=url))
    assert (error.permanent, error.code, len(service.received)) == (True, "bad_url", 1)


def test_the_token_is_shown_to_nobody_else(service: ScriptedService, elsewhere: ScriptedService) -> None:
    error = failure(service, "whatsapp", node(service, url=f"{elsewhere.base_url}/files/"))
    assert (error.code, elsewhere.received) == ("bad_url", [])
    redirect = answer(b"", 302, headers={"Location": f"{elsewhere.base_url}/files/"})
    error = failure(service, "whatsapp", node(service), redirect)
    assert (error.permanent, elsewhere.received) == (False, [])


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1", True),
        ("https://LOOKASIDE.fbsbx.com:443/x", True),
        ("https://scontent.xx.fbcdn.net/x", True),
        ("https://mmg.whatsapp.net/x", True),
        ("https://graph.facebook.com/x", True),
        ("https://graph.example:8443/files", True),
        ("http://graph.example:8443/files", False),
        ("https://graph.example/files", False),
        ("http://lookaside.fbsbx.com/x", False),
        ("https://lookaside.fbsbx.com:8443/x", False),
        ("https://evilfbsbx.com/x", False),
        ("https://fbsbx.com.evil.com/x", False),
        ("https://lookaside.fbsbx.com@evil.com/x", False),
        ("https://token@lookaside.fbsbx.com/x", False),
        ("https://evil.com\\@lookaside.fbsbx.com/x", False),
        ("https://evil.com#.fbsbx.com", False),
        ("ftp://lookaside.fbsbx.com/x", False),
    ],
)
def test_whom_the_token_may_be_shown(url: str, allowed: bool) -> None:
    assert may_have_token(url, "https://graph.example:8443/v26.0") is allowed


@pytest.mark.parametrize("file_id", ["../1155/messages", "a b", "", "7001?fields=x", "ñ"])
def test_an_id_that_meta_cannot_have_given_is_not_asked_for(service: ScriptedService, file_id: str) -> None:
    assert failure(service, "whatsapp", file_id=file_id).permanent
    assert service.received == []


@pytest.mark.parametrize("path", [None, "", "/etc/passwd", "../../bot1/getMe", "a//b", "a?b", 5])
def test_a_path_that_is_none_is_not_asked_for(service: ScriptedService, path: object) -> None:
    assert not failure(service, "telegram", named(service, "telegram", file_path=path)).permanent
    assert len(service.received) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_announced_as_too_large_is_not_read(service: ScriptedService, kind: str) -> None:
    error = failure(service, kind, named(service, kind, file_size=1001))
    assert (error.permanent, error.code, len(service.received)) == (True, "too_large", 1)
    silent = Step(data=b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", then="hang")
    error = failure(service, kind, named(service, kind), silent)
    assert (error.permanent, error.code) == (True, "too_large")


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_does_not_end_is_read_no_further_than_we_want(service: ScriptedService, kind: str) -> None:
    piece = b"200\r\n" + b"x" * 512 + b"\r\n"
    endless = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + 2 * piece
    error = failure(service, kind, named(service, kind), Step(data=endless, then="hang"))
    assert (error.permanent, error.code) == (True, "too_large")


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_just_the_size_is_read(service: ScriptedService, kind: str) -> None:
    assert fetch(service, kind, named(service, kind, file_size=1000), answer(b"x" * 1000)).content == b"x" * 1000


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "broken",
    [
        Step(then="close"),
        Step(data=b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n%PDF", then="close"),
        Step(data=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n%PDF\r\n", then="close"),
        answer(b"<html>", 502),
        answer(b"", 503),
    ],
)
def test_a_file_that_did_not_come_whole_is_fetched_again(service: ScriptedService, kind: str, broken: Step) -> None:
    assert not failure(service, kind, named(service, kind), broken).permanent


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_drips_is_given_up(service: ScriptedService, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "DOWNLOAD_SECONDS", -1.0)  # no single read is late, but the whole is
    assert not failure(service, kind, named(service, kind), FILE).permanent


def test_telegrams_refusals(service: ScriptedService) -> None:
    assert failure(service, "telegram", refused("file is too big")).permanent
    assert not failure(service, "telegram", refused("wrong file_id or the file is temporarily unavailable")).permanent
    gone = failure(service, "telegram", named(service, "telegram"), answer({"ok": False, "error_code": 404}, 404))
    assert (gone.permanent, gone.unauthorized, gone.code) == (False, False, "404")
    slow = {"ok": False, "error_code": 429, "description": "x", "parameters": {"retry_after": 3}}
    assert failure(service, "telegram", named(service, "telegram"), answer(slow, 429)).retry_after == 3


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", [FILE, Step(then="close"), answer(b"<html>", 500), answer({"ok": False}, 404)])
def test_neither_token_nor_content_is_in_an_error_or_a_log(
    service: ScriptedService, kind: str, step: Step, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = []
    chain: BaseException | None = None
    try:
        shown.append(repr(fetch(service, kind, named(service, kind), step, named(service, kind), step)))
    except TransportError as error:
        chain = error
    while chain is not None:
        shown += [str(chain), repr(chain), repr(chain.__dict__)]
        chain = chain.__cause__ or chain.__context__
    assert not any("secret_token" in each or "PDF-" in each for each in [*shown, caplog.text])
