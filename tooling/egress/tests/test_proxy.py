from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable

import pytest

from tooling.egress.tests.ways import LOOPBACK, limits, way_out
from tooling.tests.servers import Connection, serving

Secure = tuple[ssl.SSLContext, ssl.SSLContext]


def lines(connection: Connection) -> list[str]:
    return connection.head.decode("latin-1").split("\r\n")


def test_a_declared_host_is_reached_with_tls_that_the_script_need_not_speak(secure: Secure) -> None:
    server, trusting = secure
    seen: list[Connection] = []

    def handle(connection: Connection) -> None:
        seen.append(connection)
        connection.answer(b'{"price": 5}', status="201 Created", Content_Type="application/json", X_Kept="yes")

    with serving(handle, tls=server) as port, way_out(f"api.example.com:{port}", tls=lambda: trusting) as way:
        url = f"https://API.example.com.:{port}/v1/a%2Fb/?q=x&token=hunter22"
        answer = way.ask("POST", url, {"X-Mine": "1", "Content-Type": "application/json"}, b'{"a": 1}')
        assert (answer.status, answer.body) == (201, b'{"price": 5}')
        assert answer.header("X-Kept") == "yes"
        [log] = way.logged()
    assert lines(seen[0])[0] == "POST /v1/a%2Fb/?q=x&token=hunter22 HTTP/1.1"
    assert seen[0].header("Host") == f"api.example.com:{port}"
    assert seen[0].header("X-Mine") == "1"
    assert seen[0].body == b'{"a": 1}'
    assert (log.method, log.host, log.port, log.status) == ("POST", "api.example.com", port, 201)
    assert log.path == "/v1/a%2Fb/?q&token"
    assert log.bytes_in > 12
    assert log.bytes_out > 8
    assert log.refused == ""
    assert not log.credential


def test_the_certificate_must_be_the_hosts(secure: Secure) -> None:
    server, trusting = secure
    reached: list[Connection] = []
    with serving(reached.append, tls=server) as port:
        with way_out(f"other.example.com:{port}", tls=lambda: trusting) as way:
            answer = way.get(f"https://other.example.com:{port}/")
            assert (answer.status, "no valid certificate" in answer.error) == (502, True)
        with way_out(f"api.example.com:{port}") as way:
            assert "no valid certificate" in way.get(f"https://api.example.com:{port}/").error
            assert [log.refused for log in way.logged()] == ["tls_certificate_error"]
    assert reached == []


@pytest.mark.parametrize(
    ("allowed", "url"),
    [
        ("api.example.com", "https://www.example.com/"),
        ("api.example.com", "https://api.example.com.evil.example/"),
        ("api.example.com", "https://evil-api.example.com/"),
        ("*.example.com", "https://example.com/"),
        ("*.example.com", "https://evil-example.com/"),
        ("api.example.com", "https://api.example.com:8443/"),
        ("api.example.com", "https://api.example.com:80/"),
        ("api.example.com", "http://api.example.com/"),
        ("api.example.com", "http://api.example.com:443/"),
        ("http://api.example.com", "https://api.example.com/"),
        ("http://api.example.com", "http://api.example.com:22/"),
    ],
)
def test_a_host_off_the_list_is_not_even_looked_up(allowed: str, url: str) -> None:
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return [LOOPBACK]

    with way_out(allowed, resolve=resolve) as way:
        answer = way.get(url)
        assert answer.status == 403
        assert "not among the hosts that this tool declares" in answer.error
        assert [(log.refused, log.status) for log in way.logged()] == [("http_request_denied", 403)]
    assert asked == []


def test_the_clear_is_spoken_where_the_list_says_so() -> None:
    with (
        serving(lambda connection: connection.answer(connection.header("Host").encode())) as port,
        way_out(f"http://api.example.com:{port}") as way,
    ):
        assert way.get(f"http://api.example.com:{port}").body == f"api.example.com:{port}".encode()


def test_a_name_that_changes_its_mind_is_not_believed_twice() -> None:
    """DNS rebinding: each later answer is a private address, where a server waits."""
    asked: list[str] = []
    lock = threading.Lock()

    def rebinding(host: str, _port: int) -> list[str]:
        with lock:
            asked.append(host)
            return [LOOPBACK] if len(asked) == 1 else ["127.0.0.2"]

    with (
        serving(lambda connection: connection.answer(b"right")) as port,
        way_out(f"http://api.example.com:{port}", resolve=rebinding, reachable=lambda _: True) as way,
    ):
        threads = [
            threading.Thread(target=lambda: bodies.append(way.get(f"http://API.example.com:{port}/").body))
            for _ in range(6)
        ]
        bodies: list[bytes] = []
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert bodies == [b"right"] * 6
    assert asked == ["api.example.com"]


def test_a_name_refused_once_stays_refused() -> None:
    answers = [["10.0.0.1"], [LOOPBACK], [LOOPBACK]]
    with way_out("api.example.com", resolve=lambda _host, _port: answers.pop(0)) as way:
        for _ in range(2):
            assert "not on the public internet" in way.get("https://api.example.com/").error
    assert len(answers) == 2


def test_a_name_of_nobody_is_said_to_be_so() -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        raise socket.gaierror("no such name")

    with way_out("api.example.com", resolve=resolve) as way:
        answer = way.get("https://api.example.com/")
        assert (answer.status, answer.error) == (502, "There is no host named api.example.com.")


def test_a_resolver_that_never_answers_holds_nobody_up() -> None:
    never = threading.Event()

    def resolve(_host: str, _port: int) -> list[str]:
        never.wait(60)
        return [LOOPBACK]

    with way_out("api.example.com", resolve=resolve, limits=limits(connect=0.2)) as way:
        answer = way.get("https://api.example.com/")
        assert (answer.status, "not resolved in time" in answer.error) == (504, True)
    never.set()


def test_a_redirect_comes_back_to_the_script_and_leads_nowhere_by_itself() -> None:
    served: list[str] = []

    def handle(connection: Connection) -> None:
        served.append(connection.path)
        connection.answer(b"", status="302 Found", Location=f"http://127.0.0.1:{port}/inner")

    with serving(handle) as port, way_out(f"http://api.example.com:{port}") as way:
        answer = way.get(f"http://api.example.com:{port}/outer")
        assert answer.status == 302
        assert way.get(answer.header("Location")).status == 403
    assert served == ["/outer"]


def test_hop_by_hop_headers_go_no_further_either_way() -> None:
    seen: list[Connection] = []

    def handle(connection: Connection) -> None:
        seen.append(connection)
        connection.send(
            b"HTTP/1.1 200 OK\r\nConnection: X-Secret-Hop\r\nX-Secret-Hop: 1\r\nKeep-Alive: timeout=5\r\n"
            b"Proxy-Status: forged\r\nProxy-Authenticate: Basic\r\nX-End: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"3\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n"
        )

    headers = {
        "Proxy-Authorization": "Basic x", "Connection": "X-Named, close", "X-Named": "1", "TE": "trailers",
        "Upgrade": "websocket", "Proxy-Connection": "keep-alive", "Host": "evil.example", "Keep-Alive": "1",
        "X-End": "1",
    }  # fmt: skip
    with serving(handle) as port, way_out(f"http://api.example.com:{port}") as way:
        answer = way.get(f"http://api.example.com:{port}/", headers)
    assert answer.body == b"abc"
    sent = {line.partition(":")[0].lower() for line in lines(seen[0])[1:]}
    assert sent == {"host", "connection", "accept-encoding", "x-end"}
    assert seen[0].header("Host") == f"api.example.com:{port}"
    told = {name.lower() for name, _ in answer.headers}
    assert told == {"connection", "x-end", "transfer-encoding"}


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        (b"", "http_protocol_error"),
        (b"nonsense\r\n\r\n", "http_protocol_error"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "http_protocol_error"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", "http_protocol_error"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000 + b"\r\n\r\n", "http_protocol_error"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", "http_response_body_size"),
    ],
)
def test_an_answer_that_is_none_is_told_as_such(answer: bytes, refused: str) -> None:
    def handle(connection: Connection) -> None:
        connection.send(answer)
        connection.sock.shutdown(socket.SHUT_WR)

    with serving(handle) as port, way_out(f"http://api.example.com:{port}") as way:
        told = way.get(f"http://api.example.com:{port}/")
        assert told.status == 502
        assert told.error
        assert [log.refused for log in way.logged()] == [refused]


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_answers_without_a_body_end(status: bytes) -> None:
    def handle(connection: Connection) -> None:
        connection.send(b"HTTP/1.1 " + status + b"\r\n\r\n")
        connection.sock.recv(1)

    with serving(handle) as port, way_out(f"http://api.example.com:{port}") as way:
        assert way.get(f"http://api.example.com:{port}/").status == int(status[:3])
        assert way.ask("HEAD", f"http://api.example.com:{port}/").status == int(status[:3])


def test_head_tells_the_length_and_no_body() -> None:
    def handle(connection: Connection) -> None:
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 12345678\r\n\r\n")
        connection.sock.recv(1)

    with serving(handle) as port, way_out(f"http://api.example.com:{port}") as way:
        answer = way.ask("HEAD", f"http://api.example.com:{port}/")
        assert (answer.status, answer.body, answer.header("Content-Length")) == (200, b"", "12345678")
        assert way.ask("HEAD", "https://evil.example/").status == 403


def test_a_closed_port_and_a_closed_network_are_told_apart_from_the_hosts_answer() -> None:
    with socket.create_server((LOOPBACK, 0)) as closed:
        port = closed.getsockname()[1]
    with way_out(f"http://api.example.com:{port}") as way:
        answer = way.get(f"http://api.example.com:{port}/")
        assert (answer.status, answer.error) == (502, "api.example.com could not be reached.")


def test_the_end_of_the_run_ends_what_is_open_and_it_is_written_down() -> None:
    waiting, over = threading.Event(), threading.Event()

    def handle(connection: Connection) -> None:
        waiting.set()
        assert connection.sock.recv(1) == b""  # the proxy went
        over.set()

    with serving(handle) as port, way_out(f"http://api.example.com:{port}") as way:
        with socket.create_connection((LOOPBACK, way.port), timeout=20) as script:
            script.sendall(f"GET http://api.example.com:{port}/slow HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert waiting.wait(20)
            [log] = way.logged()
            assert (log.path, log.status, log.refused) == ("/slow", 0, "connection_terminated")
            assert script.recv(100) == b""
        assert over.wait(20)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((LOOPBACK, way.port), timeout=5)
        assert not [thread for thread in threading.enumerate() if thread.name == "egress"]


def dripping(head: bytes, piece: bytes) -> Callable[[Connection], None]:
    def handle(connection: Connection) -> None:
        connection.send(head)
        while True:
            connection.send(piece)
            time.sleep(0.02)  # the drip itself

    return handle


@pytest.mark.parametrize(
    ("head", "piece", "began"),
    [
        (b"HTTP/1.1 ", b"2", False),
        (b"HTTP/1.1 200 OK\r\n", b"X-Drip: 1\r\n", False),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x", True),
    ],
)
def test_a_host_that_drips_ends_with_the_run(head: bytes, piece: bytes, began: bool) -> None:
    short = limits(seconds=1.0)
    with serving(dripping(head, piece)) as port, way_out(f"http://api.example.com:{port}", limits=short) as way:
        answer = (
            way.raw(f"GET http://api.example.com:{port}/ HTTP/1.1\r\nHost: x\r\n\r\n".encode()) if not began else b""
        )
        if began:
            with pytest.raises(ConnectionResetError):
                way.raw(f"GET http://api.example.com:{port}/ HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert not answer.startswith(b"HTTP/1.1 200")
        [log] = way.logged()
        assert log.refused in ("http_response_timeout", "http_protocol_error")


def test_a_host_that_falls_silent_is_not_waited_for() -> None:
    def handle(connection: Connection) -> None:
        connection.sock.recv(1)

    with serving(handle) as port, way_out(f"http://api.example.com:{port}", limits=limits(idle=0.2)) as way:
        answer = way.get(f"http://api.example.com:{port}/")
        assert (answer.status, answer.error) == (504, "api.example.com did not answer in time.")
