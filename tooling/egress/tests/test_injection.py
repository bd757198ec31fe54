from __future__ import annotations

import base64
import json
import ssl
from urllib.parse import quote

import pytest

from tooling.egress import Injection
from tooling.egress.injection import Kind
from tooling.egress.tests.ways import Way, way_out
from tooling.tests.servers import Connection, serving

Secure = tuple[ssl.SSLContext, ssl.SSLContext]
KEY = "sk live/Ñ&7=+hunter22"
TOKEN = "tok-0123456789abcdef"


def sent(way: Way, url: str, headers: dict[str, str] | None = None) -> list[str]:
    """The request's lines, as a host that shows them tells the script."""
    lines: list[str] = json.loads(way.get(url, headers).body)
    return lines


def showing(connection: Connection) -> None:
    connection.answer(json.dumps(connection.head.decode("latin-1").split("\r\n")).encode())


CASES = {
    "bearer": (Injection.bearer(TOKEN), "/v1", {"Authorization": "Bearer mine"}, f"Authorization: Bearer {TOKEN}"),
    "basic": (
        Injection.basic("maría", KEY),
        "/v1",
        {"AUTHORIZATION": "Basic mine"},
        "Authorization: Basic " + base64.b64encode(f"maría:{KEY}".encode()).decode(),
    ),
    "header": (Injection.header("X-Api-Key", TOKEN), "/v1", {"x_api_key": "mine"}, f"X-Api-Key: {TOKEN}"),
    "scheme": (
        Injection.header("Authorization", f"Token {TOKEN}"),
        "/v1",
        {"authorization": "mine"},
        f"Authorization: Token {TOKEN}",
    ),
    "query": (
        Injection.query("api_key", KEY),
        "/v1?a=1&api_key=mine&%61pi%5Fkey=mine&api_key&b=x%20y",
        {},
        f"GET /v1?a=1&b=x%20y&api_key={quote(KEY, safe='')} HTTP/1.1",
    ),
    "query alone": (Injection.query("key", TOKEN), "/v1", {}, f"GET /v1?key={TOKEN} HTTP/1.1"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_credential_takes_the_place_of_what_the_script_put_there(name: str) -> None:
    injection, path, headers, line = CASES[name]
    seen: list[list[str]] = []

    def handle(connection: Connection) -> None:
        seen.append(connection.head.decode("latin-1").split("\r\n"))
        connection.answer(b"ok")

    with serving(handle) as port:
        entry = f"http://api.example.com:{port}"
        with way_out(entry, injections={entry: injection}) as way:
            assert way.get(f"{entry}{path}", {**headers, "X-Own": "kept"}).body == b"ok"
            [log] = way.logged()
    assert line in seen[0]
    assert "X-Own: kept" in seen[0]
    assert "mine" not in str(seen[0])
    assert log.credential
    assert all(secret not in repr(log) for secret in (KEY, TOKEN, "hunter22"))
    assert all(secret not in repr(injection) for secret in (KEY, TOKEN, "hunter22"))


@pytest.mark.parametrize("name", CASES)
def test_a_host_that_shows_what_it_was_sent_does_not_hand_the_credential_to_the_script(name: str) -> None:
    injection, path, headers, _ = CASES[name]

    def handle(connection: Connection) -> None:
        body = json.dumps(connection.head.decode("latin-1").split("\r\n")).encode() + injection.value.encode()
        connection.answer(body, status="302 Found", Location=connection.path, X_Shown=injection.value)

    with serving(handle) as port:
        entry = f"http://api.example.com:{port}"
        with way_out(entry, injections={entry: injection}) as way:
            answer = way.get(f"{entry}{path}", headers)
    told = str(answer.headers) + answer.body.decode()
    assert "[redacted]" in answer.body.decode()
    assert answer.header("X-Shown").endswith("[redacted]")
    for secret in (KEY, TOKEN, quote(KEY, safe=""), base64.b64encode(f"maría:{KEY}".encode()).decode()):
        assert secret not in told


def test_with_a_credential_no_part_of_an_answer_is_asked_for(secure: Secure) -> None:
    """From two parts, neither of which holds the whole of it, a script could put a credential together."""
    server, trusting = secure
    ranges = {"Range": "bytes=0-9", "if-range": '"tag"', "X-Own": "kept"}
    with serving(showing, tls=server) as port:
        entry = f"api.example.com:{port}"
        with way_out(entry, tls=lambda: trusting) as way:
            assert {"Range: bytes=0-9", "X-Own: kept"} <= set(sent(way, f"https://{entry}/", ranges))
        with way_out(entry, injections={entry: Injection.bearer(TOKEN)}, tls=lambda: trusting) as way:
            asked = sent(way, f"https://{entry}/", ranges)
    assert "X-Own: kept" in asked
    assert "range" not in str(asked).lower()


def test_a_credential_goes_to_its_own_host_and_port_only(secure: Secure) -> None:
    server, trusting = secure
    with serving(showing, tls=server) as port, serving(showing, tls=server) as other:
        allowed = [f"api.example.com:{port}", f"api.example.com:{other}", f"*.files.example.com:{port}"]
        given = {
            f"api.example.com:{port}": Injection.bearer(TOKEN),
            "www.other.example": Injection.bearer("never-sent"),
        }
        with way_out(*allowed, injections=given, tls=lambda: trusting) as way:
            assert "Authorization: Bearer [redacted]" in sent(way, f"https://api.example.com:{port}/")
            for url in (f"https://api.example.com:{other}/", f"https://a.files.example.com:{port}/"):
                mine = sent(way, url, {"Authorization": "mine"})
                assert "Authorization: mine" in mine
                assert TOKEN not in str(mine)
            assert [log.credential for log in way.logged()] == [True, False, False]


def test_the_exact_name_comes_before_the_star(secure: Secure) -> None:
    server, trusting = secure
    with serving(lambda connection: connection.answer(connection.header("X-Key")[:5].encode()), tls=server) as port:
        given = {
            f"*.files.example.com:{port}": Injection.header("X-Key", "star-0123456789"),
            f"a.files.example.com:{port}": Injection.header("X-Key", "name-0123456789"),
        }
        with way_out(f"*.files.example.com:{port}", injections=given, tls=lambda: trusting) as way:
            assert way.get(f"https://a.files.example.com:{port}/").body == b"name-"
            assert way.get(f"https://b.files.example.com:{port}/").body == b"star-"


def test_no_tunnel_leads_to_a_host_whose_credential_the_proxy_holds(secure: Secure) -> None:
    server, trusting = secure
    with serving(showing, tls=server) as port:
        entry = f"api.example.com:{port}"
        with way_out(entry, injections={entry: Injection.bearer(TOKEN)}, tls=lambda: trusting) as way:
            target = f"api.example.com:{port}".encode()
            answer = way.raw(b"CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (target, target))
            assert answer.startswith(b"HTTP/1.1 403")
            assert b"use context.fetch" in answer


def test_known_secrets_of_the_script_are_not_in_the_log() -> None:
    with serving(showing) as port:
        entry = f"http://api.example.com:{port}"
        with way_out(entry, f"http://*.example.com:{port}", secrets=["hunter22"]) as way:
            way.get(f"{entry}/bot-hunter22/{base64.b64encode(b'hunter22').decode()}?q=hunter22&hunter22=1")
            way.get(f"http://hunter22.example.com:{port}/")
            logged = way.logged()
    assert [log.path for log in logged] == ["/bot-[redacted]/[redacted]?q&[redacted]", "/"]
    assert logged[1].host == "[redacted].example.com"


@pytest.mark.parametrize(
    "bad",
    [
        {"kind": Kind.BEARER, "value": ""},
        {"kind": Kind.BEARER, "value": "secret\r\nX: y"},
        {"kind": Kind.BEARER, "value": "secret-ñ"},
        {"kind": Kind.HEADER, "value": "secret", "name": ""},
        {"kind": Kind.HEADER, "value": "secret", "name": "X Y"},
        {"kind": Kind.HEADER, "value": "secret", "name": "X:"},
        {"kind": Kind.HEADER, "value": "secret\n", "name": "X"},
        {"kind": Kind.HEADER, "value": "secret", "name": "Host"},
        {"kind": Kind.HEADER, "value": "secret", "name": "transfer-encoding"},
        {"kind": Kind.HEADER, "value": "secret", "name": "Content-Length"},
        {"kind": Kind.QUERY, "value": "secret", "name": ""},
        {"kind": Kind.QUERY, "value": "", "name": "key"},
        {"kind": Kind.BASIC, "value": "secret", "name": "a:b"},
        {"kind": Kind.BASIC, "value": "", "name": "a"},
    ],
)
def test_a_credential_that_no_request_can_carry_is_refused_without_being_shown(bad: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"credential|header|parameter|user name") as caught:
        Injection(kind=Kind(bad["kind"]), value=bad["value"], name=bad.get("name", ""))
    assert "secret" not in str(caught.value)
