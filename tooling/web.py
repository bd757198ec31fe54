"""Fetches a page of the public web on behalf of somebody who is not trusted with our network.

Each hop's name is resolved once, the addresses are checked, and the connection goes to a checked address: what the
name says a moment later does not matter. TLS still verifies the name. Bytes, redirects and time are bounded.
"""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import cast
from urllib.parse import quote, urljoin, urlsplit

import httpcore2
import httpx2

from tooling import transport
from tooling.addresses import Address
from tooling.resolution import is_reachable, may_reach, resolve, within_deadline

REDIRECTS = (301, 302, 303, 307, 308)
ADDRESSES_TRIED = 3
HEADERS = (
    (b"User-Agent", b"Mozilla/5.0 (compatible; ProxyStaff)"),
    (b"Accept", b"text/html,application/xhtml+xml,text/plain;q=0.9,*/*;q=0.5"),
    (b"Accept-Encoding", b"gzip"),
)


class FetchError(Exception):
    """Why there is no page, in words for whoever asked."""


@cache
def tls() -> ssl.SSLContext:
    return httpx2.create_ssl_context()


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What may be fetched, and how much of it."""

    allowed: Callable[[Address], bool] = is_reachable
    resolve: Callable[[str, int], Sequence[str]] = resolve
    ports: frozenset[int] | None = frozenset({80, 443, 8080, 8443})  # None: any
    seconds: float = 10.0  # for everything together, redirects included
    max_bytes: int = 1024 * 1024  # of the body, compressed and not
    max_redirects: int = 5
    tls: Callable[[], ssl.SSLContext] = tls


@dataclass(frozen=True, kw_only=True)
class Page:
    url: str  # where it was found, after redirects
    status: int
    content_type: str  # as the server put it
    body: bytes = field(repr=False)
    cut: bool  # there was more


def fetch(url: str, rules: Rules) -> Page:
    """GET the page; raises FetchError. Never sends credentials or cookies."""
    with transport.deadline(rules.seconds):
        for _ in range(rules.max_redirects + 1):
            found = _get(url, rules)
            if isinstance(found, Page):
                return found
            url = found
    raise FetchError(f"it redirects more than {rules.max_redirects} times")


def _get(url: str, rules: Rules) -> Page | str:
    """The page, or the URL that it redirects to."""
    target = _checked(url, rules)
    pool = httpcore2.ConnectionPool(
        ssl_context=rules.tls() if target.scheme == b"https" else None,
        max_connections=1,
        network_backend=_CheckedBackend(rules),
    )
    request = httpcore2.Request(b"GET", target, headers=[(b"Host", _host_header(target)), *HEADERS])
    try:
        with pool:
            response = pool.handle_request(request)
            location = _header(response, b"location")
            if response.status in REDIRECTS and location:
                return _joined(url, location)
            return _read(url, response, rules.max_bytes)
    except httpcore2.TimeoutException:
        raise FetchError(f"it did not answer within {rules.seconds:g} seconds") from None
    except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        raise FetchError(f"the connection failed ({type(error).__name__}: {str(error)[:200]})") from None


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:  # brackets that hold no address
        raise FetchError("it redirects to a malformed URL") from None


def _checked(url: str, rules: Rules) -> httpcore2.URL:
    """The URL in parts; raises FetchError for what is not a plain address of a page."""
    if any(character <= " " or character in "\\\x7f" or "\ud800" <= character <= "\udfff" for character in url):
        raise FetchError("the URL holds spaces, backslashes or control characters")
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("ascii" if ":" in (parts.hostname or "") else "idna")
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:  # a port that is no number, a host that is no name
        raise FetchError("the URL is malformed") from None
    if parts.scheme not in ("http", "https"):
        raise FetchError("only http and https URLs can be fetched")
    if parts.username is not None or parts.password is not None:
        raise FetchError("a URL with a user name or password is not fetched")
    if not host or b"%" in host:
        raise FetchError("the URL names no host")
    if rules.ports is not None and port not in rules.ports:
        raise FetchError(f"port {port} is not fetched from")
    safe = "/%:@!$&'()*+,;=-._~?[]"
    path = quote(parts.path or "/", safe=safe) + (f"?{quote(parts.query, safe=safe)}" if parts.query else "")
    return httpcore2.URL(scheme=parts.scheme.encode(), host=host, port=port, target=path.encode())


def _host_header(url: httpcore2.URL) -> bytes:
    host = b"[" + url.host + b"]" if b":" in url.host else url.host
    return host if url.port in (80, 443) else host + f":{url.port}".encode()


class _CheckedBackend(transport.DeadlineBackend):
    """Connects to the addresses that the rules allow, and to nothing else."""

    def __init__(self, rules: Rules) -> None:
        super().__init__()
        self._rules = rules

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[transport.SocketOption] | None = None,
    ) -> httpcore2.NetworkStream:
        failure: httpcore2.ConnectError = httpcore2.ConnectError("no address")
        for address in self._addresses(host, port)[:ADDRESSES_TRIED]:
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore2.ConnectError as error:
                failure = error
        raise failure

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = within_deadline(lambda: self._rules.resolve(host, port))
        except (OSError, UnicodeError):
            raise FetchError(f"there is no host named {host}") from None
        allowed = [address for address in found if may_reach(address, self._rules.allowed)]
        if not allowed:
            raise FetchError(f"{host} is not on the public internet")
        return allowed


def _read(url: str, response: httpcore2.Response, max_bytes: int) -> Page:
    encoding = _header(response, b"content-encoding").lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise FetchError(f"it is sent in an unknown encoding ({encoding[:40]})")
    inflate = zlib.decompressobj(wbits=31) if encoding.endswith("gzip") else None
    body = bytearray()
    received = 0
    for chunk in cast("Iterable[bytes]", response.stream):
        received += len(chunk)
        try:
            # One byte more than wanted tells whether there is more, however much a bomb would unpack to.
            body += inflate.decompress(chunk, max_bytes + 1 - len(body)) if inflate else chunk
        except zlib.error:
            raise FetchError("its compression is broken") from None
        if len(body) > max_bytes or received > max_bytes:
            break
    return Page(
        url=url,
        status=response.status,
        content_type=_header(response, b"content-type"),
        body=bytes(body[:max_bytes]),
        cut=len(body) > max_bytes or received > max_bytes,
    )


def _header(response: httpcore2.Response, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in response.headers if key.lower() == name), "")
