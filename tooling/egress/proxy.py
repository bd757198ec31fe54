"""The way out of a sandboxed run: a proxy that reaches the run's hosts, within its limits, and keeps a log."""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import httpcore2

from tooling import transport, web
from tooling.egress.hosts import Allowed
from tooling.egress.inbound import Client, Incoming
from tooling.egress.injection import Injection
from tooling.egress.metered import Budget, Live, Meter, PinnedBackend
from tooling.egress.pins import Pins
from tooling.egress.redaction import Redactor
from tooling.egress.tunnel import tunnel
from tooling.egress.types import Limits, Refusal, RequestLog
from tooling.egress.upstream import forward
from tooling.resolution import Reachable, Resolve, is_reachable, resolve

logger = logging.getLogger(__name__)

SPARE = 10  # requests above the limit that are told so; then nobody listens any more
CLOSING = 2.0  # seconds for what was open to end
LOGGED = 300  # characters of a path


@dataclass(kw_only=True)
class _Exchange:
    """A request as far as it has come."""

    meter: Meter
    number: int
    began: float = field(default_factory=time.monotonic)
    ended: float | None = None
    method: str = ""
    host: str = ""
    port: int = 0
    path: str = ""
    status: int = 0
    credential: bool = False
    refused: str = ""

    def log(self) -> RequestLog:
        return RequestLog(
            method=self.method,
            host=self.host,
            port=self.port,
            path=self.path,
            status=self.status,
            bytes_in=self.meter.received,
            bytes_out=self.meter.sent,
            ms=round(((self.ended or time.monotonic()) - self.began) * 1000),
            credential=self.credential,
            refused=self.refused,
        )


class Proxy:
    """Serves one run. `secrets` are those that its script holds: no log shows them, nor the injected credentials.

    Raises HostError for an entry that cannot be allowed. An injection's key is written as an entry is.
    """

    def __init__(
        self,
        *,
        allowed: Sequence[str | Allowed],
        injections: Mapping[str, Injection] | None = None,
        secrets: Iterable[str] = (),
        limits: Limits | None = None,
        resolve: Resolve = resolve,
        reachable: Reachable = is_reachable,
        tls: Callable[[], ssl.SSLContext] = web.tls,
    ) -> None:
        self._allowed = [Allowed.parse(entry) if isinstance(entry, str) else entry for entry in allowed]
        placed = [(Allowed.parse(entry), value) for entry, value in (injections or {}).items()]
        self._injections = sorted(placed, key=lambda each: each[0].host.startswith("*."))  # the exact name's first
        held = [secret for _, injection in self._injections for secret in injection.secrets]
        self._redactor = Redactor([*secrets, *held])
        self._limits = limits or Limits()
        self._tls = tls
        self._pins = Pins(resolve, reachable, self._limits.connect)
        self._budget = Budget(self._limits.total_bytes)
        self._live = Live()
        self._slots = threading.Semaphore(self._limits.at_once)
        self._exchanges: list[_Exchange] = []
        self._threads: list[threading.Thread] = []
        self._closed = threading.Event()
        self._until = 0.0

    @property
    def requests(self) -> list[RequestLog]:
        """Those so far, in the order in which they came."""
        return [exchange.log() for exchange in list(self._exchanges)]

    def serve(self, listener: socket.socket) -> None:
        """Accept on the listening socket, which is the proxy's from now on, until `close`."""
        self._until = time.monotonic() + self._limits.seconds
        self._start(self._accept, listener)

    def close(self) -> None:
        """End what is open, and wait for it to be written down."""
        self._closed.set()
        self._live.close()
        self._slots.release()
        until = time.monotonic() + CLOSING
        for thread in list(self._threads):
            thread.join(max(until - time.monotonic(), 0))

    def _start(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, name="egress", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        """No more threads than requests may run at once: further ones wait in the listener's queue."""
        with listener, self._live.holding(listener):
            while len(self._exchanges) < self._limits.requests + SPARE:
                self._slots.acquire()
                try:
                    sock, _ = listener.accept()
                    exchange = _Exchange(meter=Meter(self._budget), number=len(self._exchanges) + 1)
                    self._exchanges.append(exchange)
                    self._start(self._serve, sock, exchange)
                except (OSError, RuntimeError) as error:  # no descriptor or no thread to be had
                    if not self._closed.is_set():
                        logger.warning("egress.accept_failed", extra={"error": type(error).__name__})
                    return

    def _serve(self, sock: socket.socket, exchange: _Exchange) -> None:
        client = Client(sock, self._limits)
        try:
            with self._live.holding(sock), transport.deadline(self._until - time.monotonic()):
                self._settle(client, exchange)
                exchange.status, exchange.ended = client.status, time.monotonic()
                client.finish()
        finally:
            sock.close()
            self._slots.release()

    def _settle(self, client: Client, exchange: _Exchange) -> None:
        try:
            try:
                self._answer(client, exchange)
                if self._closed.is_set() and not client.ended:  # the tunnel's end was ours
                    raise ConnectionAbortedError
            except httpcore2.TimeoutException:
                raise Refusal("connection_timeout", "The run's time is over.", status=504) from None
            except TimeoutError:
                raise Refusal("connection_timeout", "The script said nothing for too long.", status=504) from None
        except Refusal as refusal:
            exchange.refused = "connection_terminated" if self._closed.is_set() else refusal.reason
            with contextlib.suppress(OSError, httpcore2.TimeoutException):  # nobody waits for it
                client.refuse(refusal)
        except OSError:
            exchange.refused = "connection_terminated"  # by the script, or with its run

    def _answer(self, client: Client, exchange: _Exchange) -> None:
        request = client.read()
        self._note(request, exchange)
        if exchange.number > self._limits.requests:
            raise Refusal("connection_limit_reached", f"This run has made its {self._limits.requests} requests.")
        injection = self._permitted(request)
        exchange.credential = injection is not None
        with contextlib.ExitStack() as opened:
            addresses = self._pins.addresses(request.host, request.port)
            backend = PinnedBackend(addresses, exchange.meter, self._live, opened)
            if request.method == "CONNECT":
                tunnel(client, request, backend=backend, meter=exchange.meter, limits=self._limits)
            else:
                forward(client, request, injection, backend=backend, limits=self._limits, tls=self._tls())

    def _note(self, request: Incoming, exchange: _Exchange) -> None:
        exchange.method, exchange.port = request.method, request.port
        exchange.host = self._redactor.text(request.host)
        path, _, query = self._redactor.text(request.target).partition("?")
        names = "&".join(pair.partition("=")[0] for pair in query.split("&"))
        exchange.path = (f"{path}?{names}" if query else path)[:LOGGED]

    def _permitted(self, request: Incoming) -> Injection | None:
        """The credential that belongs to the request, if any; raises Refusal where the host is not on the list."""
        where = (request.scheme, request.host, request.port)
        if not any(entry.covers(*where) for entry in self._allowed):
            asked = Allowed(scheme=request.scheme, host=request.host, port=request.port)
            raise Refusal("http_request_denied", f"{asked} is not among the hosts that this tool declares.")
        injection = next((value for entry, value in self._injections if entry.covers(*where)), None)
        if injection is not None and request.method == "CONNECT":
            raise Refusal(
                "http_request_denied",
                f"The credential for {request.host} is put in by the proxy: use context.fetch for this host.",
            )
        return injection
