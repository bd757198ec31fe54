from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.faults.background import Background
from tests.faults.proxy import Proxy
from tests.house import wait_for


class Echo:
    """A server that sends back what it gets, and counts who came."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.accepted = 0
        self.received = bytearray()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(65536):
                    self.received += data
                    connection.sendall(data)
            except OSError:
                return

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.close()


@pytest.fixture
def proxy(echo: Echo) -> Iterator[Proxy]:
    background = Background()
    made = Proxy(background, echo.port)
    yield made
    made.close()
    background.stop()


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=10)


def answer(client: socket.socket, text: bytes) -> bytes:
    client.sendall(text)
    found = bytearray()
    while len(found) < len(text) and (data := client.recv(65536)):
        found += data
    return bytes(found)


def try_it(proxy: Proxy) -> None:
    """The reset may come before connecting is over."""
    with connect(proxy) as client:
        client.recv(1)


def is_silent(client: socket.socket) -> bool:
    client.settimeout(0.2)
    try:
        client.recv(1)
    except TimeoutError:
        return True
    finally:
        client.settimeout(10)
    return False


def test_it_passes_everything_on_and_ends_when_its_client_ends(proxy: Proxy) -> None:
    with connect(proxy) as client:
        text = bytes(range(256)) * 4096
        threading.Thread(target=client.sendall, args=[text], daemon=True).start()
        found = bytearray()
        while len(found) < len(text):
            found += client.recv(65536)
        assert bytes(found) == text
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""
    wait_for(lambda: proxy.connections == 0)


def test_a_reset_cuts_what_is_there_and_lets_new_ones_pass(proxy: Proxy) -> None:
    with connect(proxy) as client, connect(proxy) as other:
        assert answer(client, b"one") == b"one"
        assert answer(other, b"two") == b"two"
        proxy.reset()
        for each in (client, other):
            with pytest.raises(ConnectionResetError):
                each.recv(1)
    with connect(proxy) as client:
        assert answer(client, b"three") == b"three"


def test_refusing_cuts_new_ones_too(proxy: Proxy, echo: Echo) -> None:
    proxy.refuse()
    with pytest.raises(ConnectionResetError):
        try_it(proxy)
    assert echo.accepted == 0
    proxy.pass_on()
    with connect(proxy) as client:
        assert answer(client, b"again") == b"again"


def test_a_black_hole_accepts_and_stays_silent_and_delivers_late(proxy: Proxy, echo: Echo) -> None:
    with connect(proxy) as before:
        assert answer(before, b"one") == b"one"
        proxy.black_hole()
        before.sendall(b"two")
        with connect(proxy) as during:
            during.sendall(b"three")
            assert is_silent(before)
            assert is_silent(during)
            assert bytes(echo.received) == b"one"
            proxy.pass_on()
            assert before.recv(10) == b"two"
            assert during.recv(10) == b"three"


def test_a_connection_is_cut_after_so_many_bytes_from_the_client(proxy: Proxy, echo: Echo) -> None:
    with connect(proxy) as client:
        assert answer(client, b"before") == b"before"
        proxy.cut_after(4, "to_server")
        client.sendall(b"1234567890")
        wait_for(lambda: bytes(echo.received) == b"before1234")
        with pytest.raises(ConnectionResetError):
            client.recv(100)
    with connect(proxy) as client:
        assert answer(client, b"whole again") == b"whole again"


def test_a_connection_is_cut_after_so_many_bytes_of_the_answer(proxy: Proxy, echo: Echo) -> None:
    with connect(proxy) as client:
        proxy.cut_after(4, "to_client")
        assert answer(client, b"1234567890") == b"1234"
        assert bytes(echo.received) == b"1234567890"


def test_a_delay_holds_each_piece_back_and_loses_none(proxy: Proxy) -> None:
    proxy.delay(0.3)
    with connect(proxy) as client:
        client.sendall(b"late")
        assert is_silent(client)
        assert client.recv(10) == b"late"


def test_a_client_whose_server_is_gone_is_cut(proxy: Proxy, echo: Echo) -> None:
    echo.close()
    with pytest.raises(ConnectionResetError):
        try_it(proxy)
    echo._listener = socket.create_server(("127.0.0.1", 0))  # for the fixture to close
