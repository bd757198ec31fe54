"""Requests that are none, or too many, or too large."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading

import pytest

from tooling.egress.tests.ways import LOOPBACK, Way, limits, way_out
from tooling.tests.servers import Connection, serving

URL = "http://api.example.com:{port}/"
HEAD = "POST http://api.example.com:{port}/ HTTP/1.1\r\nHost: x\r\n"


def entry(port: int) -> str:
    return f"http://api.example.com:{port}"


# What two readers of HTTP may read differently, so that one of them sees a request that the other does not.
SMUGGLED = {
    "length and chunks": HEAD + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": HEAD + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": HEAD + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "a list of lengths": HEAD + "Content-Length: 5, 6\r\n\r\nabcdef",
    "a negative length": HEAD + "Content-Length: -5\r\n\r\nabcde",
    "a signed length": HEAD + "Content-Length: +5\r\n\r\nabcde",
    "a hex length": HEAD + "Content-Length: 0x5\r\n\r\nabcde",
    "a long length": HEAD + "Content-Length: 000000000000000000000005\r\n\r\nabcde",
    "two encodings": HEAD + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "an odd encoding": HEAD + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a list of encodings": HEAD + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "an encoding after a tab": HEAD + "Transfer-Encoding:\tchunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    "a space before the colon": HEAD + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a folded line": HEAD + "X: a\r\n b\r\n\r\n",
    "a folded encoding": HEAD + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "a tab-folded line": HEAD + "X: a\r\n\tContent-Length: 3\r\n\r\nabc",
    "bare line feeds": HEAD.replace("\r\n", "\n") + "\n",
    "one bare line feed": HEAD + "X: a\nY: b\r\n\r\n",
    "a bare carriage return": HEAD + "X: a\rY: b\r\n\r\n",
    "a null byte": HEAD + "X: a\0b\r\n\r\n",
    "no name": HEAD + ": a\r\n\r\n",
    "no colon": HEAD + "nonsense\r\n\r\n",
    "two hosts": HEAD + "Host: y\r\n\r\n",
    "no host": "GET http://api.example.com:{port}/ HTTP/1.1\r\n\r\n",
    "a chunk of no number": HEAD + "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
    "a negative chunk": HEAD + "Transfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n",
    "a chunk of 0x": HEAD + "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
    "a chunk without its end": HEAD + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
    "an endless chunk": HEAD + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\nabc",
    "an endless chunk header": HEAD + "Transfer-Encoding: chunked\r\n\r\n3;" + "x" * 200_000,
    "an endless header": HEAD + "X: " + "x" * 200_000,
    "endless headers": HEAD + "X: y\r\n" * 20_000,
    "an endless first line": "GET http://api.example.com:{port}/" + "x" * 200_000,
    "no version": "GET http://api.example.com:{port}/\r\n\r\n",
    "an old version": "GET http://api.example.com:{port}/ HTTP/0.9\r\nHost: x\r\n\r\n",
    "HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a space in the address": "GET http://api.example.com:{port}/a b HTTP/1.1\r\nHost: x\r\n\r\n",
    "a path only": "GET /path HTTP/1.1\r\nHost: api.example.com\r\n\r\n",
    "two slashes": "GET //api.example.com/path HTTP/1.1\r\nHost: x\r\n\r\n",
    "a star": "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    "a fragment": "GET http://api.example.com:{port}/#x HTTP/1.1\r\nHost: x\r\n\r\n",
    "another scheme": "GET file:///etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
    "gopher": "GET gopher://api.example.com:{port}/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "no scheme": "GET api.example.com:{port}/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "one slash": "GET http:/api.example.com:{port}/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "letters beyond ASCII": "GET http://api.example.com:{port}/ñ HTTP/1.1\r\nHost: x\r\n\r\n",
    "an address behind a user": "GET http://api.example.com@127.0.0.1:{port}/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "an address behind a backslash": "GET http://127.0.0.1:{port}\\@api.example.com/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "trace": "TRACE http://api.example.com:{port}/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "track": "TRACK http://api.example.com:{port}/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method in small letters": "get http://api.example.com:{port}/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "nonsense": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
}


@pytest.mark.parametrize("name", SMUGGLED)
def test_what_can_be_read_in_two_ways_reaches_no_host(name: str) -> None:
    reached: list[Connection] = []
    with serving(reached.append) as port, way_out(entry(port), limits=limits(idle=1.0)) as way:
        answer = way.raw(SMUGGLED[name].replace("{port}", str(port)).encode())
        assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 403", b"HTTP/1.1 413", b"HTTP/1.1 504")), answer
        assert b'{"error": "' in answer
        [log] = way.logged()
        assert log.refused in ("http_request_error", "http_request_denied", "connection_timeout")
    assert reached == []


def test_a_second_request_behind_the_first_is_not_answered() -> None:
    served: list[str] = []

    def handle(connection: Connection) -> None:
        served.append(connection.path)
        connection.answer(b"one")

    with serving(handle) as port, way_out(entry(port)) as way:
        first = f"GET http://api.example.com:{port}/1 HTTP/1.1\r\nHost: x\r\n\r\n"
        answer = way.raw(first.encode() + b"GET http://127.0.0.1/2 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answer.count(b"HTTP/1.1") == 1
    assert served == ["/1"]


def test_a_body_in_chunks_goes_on_with_its_length() -> None:
    seen: list[Connection] = []

    def handle(connection: Connection) -> None:
        seen.append(connection)
        connection.answer(b"ok")

    with serving(handle) as port, way_out(entry(port)) as way:
        chunked = (
            HEAD
            + "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX: y\r\n\r\n"
        )
        answer = way.raw(chunked.format(port=port).encode())
    assert b"HTTP/1.1 200" in answer
    assert seen[0].body == b"abcde"
    assert seen[0].header("Content-Length") == "5"
    assert not seen[0].header("Transfer-Encoding")


def test_who_asks_before_sending_a_body_is_told_to_go_on() -> None:
    with (
        serving(lambda connection: connection.answer(connection.body)) as port,
        way_out(entry(port)) as way,
        socket.create_connection((LOOPBACK, way.port), timeout=20) as script,
    ):
        script.sendall((HEAD + "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n").format(port=port).encode())
        assert script.recv(100).startswith(b"HTTP/1.1 100")
        script.sendall(b"abc")
        assert b"".join(iter(lambda: script.recv(65536), b"")).endswith(b"abc")


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_may_be_so_large_and_no_larger(declared: bool) -> None:
    sizes: list[int] = []

    def handle(connection: Connection) -> None:
        sizes.append(len(connection.body))
        connection.answer(b"ok")

    def post(way: Way, port: int, size: int) -> int:
        body = b"x" * size
        if declared:
            return way.ask("POST", URL.format(port=port), {}, body).status
        answer = way.raw(
            (HEAD + "Transfer-Encoding: chunked\r\n\r\n").format(port=port).encode()
            + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:70_000], body[70_000:]) if part)
            + b"0\r\n\r\n"
        )
        return int(answer[9:12])

    with serving(handle) as port, way_out(entry(port)) as way:
        assert post(way, port, 1024 * 1024) == 200
        assert post(way, port, 1024 * 1024 + 1) == 413
    assert sizes == [1024 * 1024]


def test_an_answer_may_be_so_large_and_no_larger() -> None:
    """Without a length it has begun when it proves too large: then it breaks off, and is not taken for the whole."""
    sizes = {"/most": 5 * 1024 * 1024, "/more": 5 * 1024 * 1024 + 1}

    def handle(connection: Connection) -> None:
        connection.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        connection.send(b"x" * sizes[connection.path])

    with serving(handle) as port, way_out(entry(port)) as way:
        assert len(way.get(URL.format(port=port) + "most").body) == sizes["/most"]
        with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
            way.get(URL.format(port=port) + "more")
        old = f"GET http://api.example.com:{port}/more HTTP/1.0\r\n\r\n".encode()
        with pytest.raises(ConnectionResetError):
            way.raw(old)
        assert [log.refused for log in way.logged()] == ["", *["http_response_body_size"] * 2]


def test_a_run_moves_so_much_and_no_more() -> None:
    with (
        serving(lambda connection: connection.answer(b"x" * 40_000)) as port,
        way_out(entry(port), limits=limits(total_bytes=100_000)) as way,
    ):
        for _ in range(2):
            assert way.get(URL.format(port=port)).status == 200
        for _ in range(2):
            answer = way.get(URL.format(port=port))
            assert (answer.status, "has moved its" in answer.error) == (403, True)
        assert sum(log.bytes_in + log.bytes_out for log in way.logged()) < 250_000


def await_closed(way: Way) -> None:
    for _ in range(1000):
        with contextlib.suppress(ConnectionResetError):  # it closed while this one waited in its queue
            socket.create_connection((LOOPBACK, way.port), timeout=5).close()


def test_a_run_makes_so_many_requests_and_then_nobody_listens() -> None:
    with (
        serving(lambda connection: connection.answer(b"ok")) as port,
        way_out(entry(port), limits=limits(requests=3)) as way,
    ):
        assert [way.get(URL.format(port=port)).status for _ in range(3)] == [200] * 3
        assert "has made its 3 requests" in way.get(URL.format(port=port)).error
        assert [way.get(URL.format(port=port)).status for _ in range(9)] == [403] * 9
        with pytest.raises(ConnectionRefusedError):
            await_closed(way)
        assert [log.refused for log in way.logged()] == [""] * 3 + ["connection_limit_reached"] * 10


def test_so_many_run_at_once_and_others_wait_their_turn() -> None:
    inside, most, lock = [0], [0], threading.Lock()
    full, go = threading.Event(), threading.Event()

    def handle(connection: Connection) -> None:
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            if inside[0] == 3:
                full.set()
        go.wait(20)
        with lock:
            inside[0] -= 1
        connection.answer(b"ok")

    statuses: list[int] = []
    with (
        serving(handle) as port,
        way_out(entry(port), limits=limits(at_once=3)) as way,
    ):
        threads = [
            threading.Thread(target=lambda: statuses.append(way.get(URL.format(port=port)).status)) for _ in range(12)
        ]
        for thread in threads:
            thread.start()
        assert full.wait(20)
        assert len([thread for thread in threading.enumerate() if thread.name == "egress"]) == 4  # one accepts
        go.set()
        for thread in threads:
            thread.join()
    assert statuses == [200] * 12
    assert most == [3]


def test_a_script_that_says_nothing_holds_a_place_for_so_long() -> None:
    with (
        serving(lambda connection: connection.answer(b"ok")) as port,
        way_out(entry(port), limits=limits(at_once=1, idle=0.2)) as way,
    ):
        with socket.create_connection((LOOPBACK, way.port)) as silent:
            silent.sendall(b"GET http://api")
            assert way.get(URL.format(port=port)).status == 200
        assert [log.refused for log in way.logged()] == ["connection_timeout", ""]
