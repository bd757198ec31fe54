"""HTTP to the services, and the one question that matters when it fails: may the service have acted?

A request of which the service cannot have got the whole is tried again without harm. One that was handed over whole and
got no whole answer is in doubt, and only that. So the connection itself notes how far it came; the exception types of
requests do not tell (an SSLError may come from the handshake as well as from the answer). A file goes up in pieces, and
until the last of them is begun the service cannot have got the whole.

Every thread has its own Session, as a Session is not safe to share (cookies); all mount one adapter, whose urllib3 pool
is, so that a hundred threads share the few idle connections. Nothing is retried here, no redirect followed, no cookie
kept (accounts of many tenants share these connections) and no `.netrc` read (it would replace the account's token).
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeVar

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.poolmanager import PoolManager

from messaging.channels.base import TransportError
from messaging.channels.multipart import Form, Upload

CONNECT_SECONDS = 3.0
READ_SECONDS = 20.0  # without a byte; a whole answer may take twice that
LARGEST_ANSWER = 1 << 20
UPLOAD_SECONDS = 30.0  # for a file to be written; a sender's lease must outlast it, and the answers that follow
DOWNLOAD_SECONDS = 60.0  # for the whole of a file
IDLE_SECONDS = 30.0  # an older idle connection may be dead without our knowing (NAT forgets); a new one is cheap
_POOL_SIZE = 64

# .begun: a connection was asked for. .in_pieces: the body notes itself when its last piece goes. .whole: all that comes
# before the last piece was handed over; where the body is one piece, or none, these are the headers.
_progress = threading.local()

T = TypeVar("T")


class _NotingConnection(HTTPConnection):
    """Notes how far the current thread's request came."""

    _used_at = 0.0

    def connect(self) -> None:
        _progress.begun = True
        super().connect()
        self._used_at = time.monotonic()

    def putrequest(self, *args: Any, **kwargs: Any) -> None:
        _progress.begun = True
        super().putrequest(*args, **kwargs)

    def endheaders(self, *args: Any, **kwargs: Any) -> None:
        super().endheaders(*args, **kwargs)
        _progress.whole = not _progress.in_pieces  # the body goes next; that it broke off cannot be known for sure

    def getresponse(self) -> Any:
        response = super().getresponse()
        self._used_at = time.monotonic()
        return response

    @property
    def is_connected(self) -> bool:
        return time.monotonic() - self._used_at < IDLE_SECONDS and super().is_connected


class _NotingTLSConnection(_NotingConnection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _NotingConnection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _NotingTLSConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _note(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not proxy.lower().startswith("socks"):  # those bring their own connections; failures there stay in doubt
            _note(manager)
        return manager


def _note(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}


class _Sessions(threading.local):
    session: requests.Session | None = None


_adapter = _Adapter(pool_connections=16, pool_maxsize=_POOL_SIZE)
_sessions = _Sessions()


def _start_anew() -> None:
    """In a forked child: two processes on one socket would mix their requests."""
    global _adapter, _sessions  # noqa: PLW0603 - process-wide by nature
    _adapter = _Adapter(pool_connections=16, pool_maxsize=_POOL_SIZE)
    _sessions = _Sessions()


os.register_at_fork(after_in_child=_start_anew)


def _session() -> requests.Session:
    if _sessions.session is None:
        session = requests.Session()
        session.mount("https://", _adapter)
        session.mount("http://", _adapter)
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.auth = _no_netrc
        session.headers["User-Agent"] = "ProxyStaff"
        _sessions.session = session
    return _sessions.session


def _timeouts() -> tuple[float, float]:
    return CONNECT_SECONDS, READ_SECONDS


def _no_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back whole. `body` is None where it is no JSON object: then it is hardly from the service itself."""

    status: int
    body: Mapping[str, Any] | None
    retry_after: float | None  # seconds, from the Retry-After header


@dataclass(frozen=True, kw_only=True)
class File:
    """What was downloaded, whole."""

    content: bytes
    mime: str


def call(
    service: str,
    method: str,
    url: str,
    *,
    payload: Mapping[str, object] | None = None,
    upload: Upload | None = None,
    params: Mapping[str, str] | None = None,
    bearer: str = "",
    harmless: bool = False,
) -> Answer:
    """One HTTP call; raises TransportError where no whole answer came, without the URL, which may be secret.

    `payload` goes as JSON, or as the fields of a form where a file goes along. `harmless`: doing it twice does no harm,
    so nothing about it is ever in doubt.
    """
    headers = _authorization(bearer)
    body: bytes | _Pieces | None = None
    if upload is not None:
        body = _Pieces(Form({name: _field(value) for name, value in (payload or {}).items()}, upload))
        headers["Content-Type"] = body.form.content_type
    elif payload is not None:
        body = json.dumps(payload).encode()
        headers["Content-Type"] = "application/json"
    request = partial(_session().request, method, url, params=params, data=body, headers=headers)
    return _exchange(service, request, _answer, harmless=harmless, in_pieces=upload is not None)


def download(service: str, url: str, *, max_bytes: int, bearer: str = "") -> File | Answer:
    """The file at a URL, or what was answered instead; raises TransportError, `permanent` where it is larger."""

    def read(response: requests.Response) -> File | Answer:
        if response.status_code != 200:
            return _answer(response)
        return _file(service, response, max_bytes)

    request = partial(_session().request, "GET", url, headers=_authorization(bearer))
    return _exchange(service, request, read, harmless=True)


def _authorization(bearer: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {bearer}"} if bearer else {}


def _field(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _exchange(
    service: str,
    request: Callable[..., requests.Response],
    read: Callable[[requests.Response], T],
    *,
    harmless: bool,
    in_pieces: bool = False,
) -> T:
    _progress.begun = _progress.whole = False
    _progress.in_pieces = in_pieces
    try:
        with closing(request(timeout=_timeouts(), stream=True, allow_redirects=False)) as response:
            return read(response)
    except (requests.RequestException, HTTPError, OSError, _TooLongError) as error:
        failure = _failure(service, error, harmless=harmless)
    raise failure  # outside the handler: the chained exception would carry the URL


class _TooLongError(Exception):
    """The answer is larger or slower than any answer of a service, or a file does not get through in time."""


class _Pieces:
    """A form that notes when its last piece goes, and gives up where it takes too long."""

    def __init__(self, form: Form) -> None:
        self.form = form

    def __len__(self) -> int:
        return len(self.form)

    def __iter__(self) -> Iterator[bytes]:
        deadline = time.monotonic() + UPLOAD_SECONDS
        for piece in self.form.but_last():
            if time.monotonic() > deadline:
                raise _TooLongError
            yield piece
        _progress.whole = True
        yield self.form.last()


def _answer(response: requests.Response) -> Answer:
    content = bytearray()
    for piece in _pieces(response, READ_SECONDS):
        content += piece
        if len(content) > LARGEST_ANSWER:
            raise _TooLongError
    return Answer(status=response.status_code, body=_object(bytes(content)), retry_after=_retry_after(response))


def _file(service: str, response: requests.Response, max_bytes: int) -> File:
    content = bytearray()
    announced = response.headers.get("Content-Length", "")
    too_large = announced.isdecimal() and int(announced) > max_bytes
    for piece in () if too_large else _pieces(response, DOWNLOAD_SECONDS):
        content += piece
        if len(content) > max_bytes:
            too_large = True
            break
    if too_large:
        raise file_too_large(service, max_bytes)
    mime = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return File(content=bytes(content), mime=mime)


def file_too_large(service: str, most: int) -> TransportError:
    return TransportError(f"{service}: the file is larger than {most} bytes", permanent=True, code="too_large")


def _pieces(response: requests.Response, seconds: float) -> Iterator[bytes]:
    deadline = time.monotonic() + seconds
    while piece := response.raw.read1(65536, decode_content=True):
        if time.monotonic() > deadline:
            raise _TooLongError
        yield piece


def _failure(service: str, error: Exception, *, harmless: bool) -> TransportError:
    before_wire = isinstance(error, requests.RequestException) and isinstance(
        error, ValueError
    )  # a bad URL, a bad header
    unsent = before_wire or (_progress.begun and not _progress.whole)
    what = "could not be reached" if unsent else "gave no whole answer"
    return TransportError(f"{service} {what}: {type(error).__name__}", in_doubt=not (unsent or harmless))


def not_from_service(service: str, answer: Answer, *, harmless: bool = False) -> TransportError:
    """The error for an answer that is not the service's own, but of something between it and us.

    A refusal (3xx, 4xx) or 503 means that nothing was done; behind another 5xx, or a 200, something may have been.
    """
    acted = answer.status < 300 or (answer.status >= 500 and answer.status != 503)
    return TransportError(
        f"{service} answered {answer.status} with something else than its own JSON",
        in_doubt=acted and not harmless,
        retry_after=answer.retry_after,
        code=str(answer.status),
    )


def _object(content: bytes) -> Mapping[str, Any] | None:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _retry_after(response: requests.Response) -> float | None:
    value = response.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", value, re.ASCII):
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None
