"""CONNECT: bytes to and from one host, for libraries that speak TLS themselves, and nothing but TLS to that host."""

from __future__ import annotations

import selectors
import socket
import ssl

import httpcore2

from tooling import transport
from tooling.egress.inbound import READ, Client, Incoming
from tooling.egress.metered import Meter, PinnedBackend
from tooling.egress.types import KIB, Limits, Refusal

HELLO = 64 * KIB  # bytes in which a client has said whom it wants


def tunnel(client: Client, request: Incoming, *, backend: PinnedBackend, meter: Meter, limits: Limits) -> None:
    """Serve the tunnel until both sides are done; raises Refusal, and OSError when one of them went."""
    try:
        stream = backend.connect_tcp(request.host, request.port, limits.connect)
    except httpcore2.TimeoutException:
        raise Refusal("connection_timeout", f"{request.host} did not answer in time.", status=504) from None
    except httpcore2.ConnectError:
        raise Refusal("connection_refused", f"{request.host} could not be reached.", status=502) from None
    upstream: socket.socket = stream.get_extra_info("socket")
    with upstream:
        client.connected()
        try:
            hello = _hello(client, request)
            _wait(upstream, limits)
            meter.send(len(hello))
            upstream.sendall(hello)
            _relay(client.sock, upstream, meter, limits)
        except (httpcore2.TimeoutException, TimeoutError):
            raise Refusal("connection_timeout", "Nothing was said for too long.", status=504) from None


def _hello(client: Client, request: Incoming) -> bytes:
    """What the script begins with, once it is known to be TLS with the host that it asked the tunnel for."""
    named: list[str | None] = []

    def note(_: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> int:
        named.append(name)
        return ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE  # the name is all that is wanted

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sni_callback = note
    incoming = ssl.MemoryBIO()
    reader = context.wrap_bio(incoming, ssl.MemoryBIO(), server_side=True)
    hello, received = b"", request.early
    while len(hello) < HELLO:
        if not received:
            client.wait()
            received = client.sock.recv(READ)
        if not received:
            break
        hello += received
        incoming.write(received)
        received = b""
        try:
            reader.do_handshake()
        except ssl.SSLWantReadError:
            continue
        except ssl.SSLError:
            break
    if [(name or "").lower().removesuffix(".") for name in named] != [request.host]:
        raise Refusal("http_request_denied", f"The tunnel carries TLS with {request.host} only.")
    return hello


def _relay(script: socket.socket, host: socket.socket, meter: Meter, limits: Limits) -> None:
    with selectors.DefaultSelector() as selector:
        for side, other, count in ((script, host, meter.send), (host, script, meter.receive)):
            selector.register(side, selectors.EVENT_READ, (side, other, count))
        while selector.get_map():
            ready = selector.select(transport.left(limits.idle, httpcore2.ReadTimeout))
            if not ready:
                raise TimeoutError
            for key, _ in ready:
                side, other, count = key.data
                data = side.recv(READ)
                if not data:
                    selector.unregister(side)
                    other.shutdown(socket.SHUT_WR)
                    continue
                count(len(data))
                _wait(other, limits)
                other.sendall(data)


def _wait(sock: socket.socket, limits: Limits) -> None:
    sock.settimeout(transport.left(limits.idle, httpcore2.WriteTimeout))
