"""CONNECT, as libraries use it that speak TLS themselves."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import urllib.request
from pathlib import Path

import pytest
import requests

from tooling.egress.tests.ways import LOOPBACK, Way, limits, way_out
from tooling.tests.servers import Connection, serving

Secure = tuple[ssl.SSLContext, ssl.SSLContext]


def connected(way: Way, host: str, port: int) -> socket.socket:
    sock = way.connect(host, port)
    assert sock.recv(1000).startswith(b"HTTP/1.1 200")
    return sock


def test_urllib_and_requests_reach_a_declared_host_by_the_usual_variables(
    secure: Secure, trusted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, trusting = secure
    pem = str(trusted / "0.pem")
    with (
        serving(lambda connection: connection.answer(b"safe " * 50_000), tls=server) as port,
        way_out(f"api.example.com:{port}") as way,
    ):
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{way.port}")
        with urllib.request.urlopen(f"https://api.example.com:{port}/", context=trusting, timeout=20) as response:
            assert response.read() == b"safe " * 50_000
        assert requests.get(f"https://api.example.com:{port}/", verify=pem, timeout=20).content[:5] == b"safe "
        with pytest.raises(OSError, match="403"):
            urllib.request.urlopen(f"https://www.other.example:{port}/", context=trusting, timeout=20)
        logged = way.logged()
    assert [(log.method, log.host, log.status, log.refused) for log in logged] == [
        ("CONNECT", "api.example.com", 200, ""),
        ("CONNECT", "api.example.com", 200, ""),
        ("CONNECT", "www.other.example", 403, "http_request_denied"),
    ]
    assert all(log.bytes_in > 250_000 and log.bytes_out > 300 for log in logged[:2])


@pytest.mark.parametrize("named", ["www.other.example", "a.api.example.com", None])
def test_a_tunnel_that_asks_for_another_host_inside_is_cut(secure: Secure, named: str | None) -> None:
    """Behind one address there are often many hosts; TLS names the one that is meant."""
    server, _ = secure
    reached: list[Connection] = []
    blind = ssl.create_default_context()
    blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
    with serving(reached.append, tls=server) as port, way_out(f"api.example.com:{port}") as way:
        with (
            connected(way, "api.example.com", port) as sock,
            pytest.raises(OSError, match=r"reset|EOF|closed|violation"),
        ):
            blind.wrap_socket(sock, server_hostname=named)
        assert [log.refused for log in way.logged()] == ["http_request_denied"]
    assert reached == []


@pytest.mark.parametrize(
    "said", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"SSH-2.0-x\r\n", b"\x16\x03\x01\xff\xff" + b"\0" * 200_000]
)
def test_a_tunnel_carries_nothing_but_tls(said: bytes) -> None:
    with socket.create_server((LOOPBACK, 0)) as host:
        port = host.getsockname()[1]
        with way_out(f"api.example.com:{port}") as way:
            with connected(way, "api.example.com", port) as sock:
                inner, _ = host.accept()
                sock.sendall(said)
                assert inner.recv(1) == b""
                inner.close()
            assert [log.refused for log in way.logged()] in (["http_request_denied"], ["connection_terminated"])


def test_a_tunnel_leads_to_declared_hosts_and_ports_only() -> None:
    with way_out("api.example.com", "http://old.example.com") as way:
        for target in ("api.example.com:22", "www.example.com:443", "old.example.com:80", "old.example.com:443"):
            answer = way.raw(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
            assert answer.startswith(b"HTTP/1.1 403"), target
        for target in (
            "127.0.0.1:443",
            "[::1]:443",
            "api.example.com:0",
            "https://api.example.com",
            "api.example.com/x",
        ):
            answer = way.raw(f"CONNECT {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert answer.startswith((b"HTTP/1.1 403", b"HTTP/1.1 400")), target


def test_a_tunnel_to_a_private_address_is_refused() -> None:
    with way_out("api.example.com", reachable=lambda _: False) as way:
        assert way.raw(b"CONNECT api.example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 403")
        assert [log.refused for log in way.logged()] == ["destination_ip_prohibited"]


def test_a_tunnel_moves_no_more_than_the_run_may(secure: Secure) -> None:
    server, trusting = secure

    def flood(connection: Connection) -> None:
        while True:
            connection.send(b"x" * 65536)

    with (
        serving(flood, tls=server) as port,
        way_out(f"api.example.com:{port}", limits=limits(total_bytes=500_000)) as way,
        connected(way, "api.example.com", port) as sock,
        trusting.wrap_socket(sock, server_hostname="api.example.com") as inner,
    ):
        inner.sendall(b"GET / HTTP/1.1\r\n\r\n")
        received = 0
        with contextlib.suppress(ConnectionResetError):
            while data := inner.recv(65536):
                received += len(data)
        assert received < 500_000
        [log] = way.logged()
        assert log.refused == "http_response_body_size"
        assert log.bytes_in < 600_000


def test_a_tunnel_in_which_nothing_is_said_ends() -> None:
    with (
        socket.create_server((LOOPBACK, 0)) as host,
        way_out(f"api.example.com:{host.getsockname()[1]}", limits=limits(idle=0.3)) as way,
        connected(way, "api.example.com", host.getsockname()[1]) as sock,
    ):
        with pytest.raises(ConnectionResetError):
            sock.recv(1)
        assert [log.refused for log in way.logged()] == ["connection_timeout"]


def test_the_end_of_the_run_ends_a_tunnel(secure: Secure) -> None:
    server, trusting = secure
    over = threading.Event()

    def handle(connection: Connection) -> None:
        connection.send(b"begun")
        try:
            connection.sock.recv(1)
        finally:
            over.set()

    with (
        serving(handle, tls=server) as port,
        way_out(f"api.example.com:{port}") as way,
        connected(way, "api.example.com", port) as sock,
        trusting.wrap_socket(sock, server_hostname="api.example.com", suppress_ragged_eofs=True) as inner,
    ):
        inner.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert inner.recv(5) == b"begun"
        [log] = way.logged()
        assert (log.status, log.refused) == (200, "connection_terminated")
        assert over.wait(20)
