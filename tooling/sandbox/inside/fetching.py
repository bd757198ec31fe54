"""`context.fetch`: asks the proxy outside, in plain HTTP, for an absolute URL; the proxy speaks TLS with the host."""

from __future__ import annotations

import http.client
import json as _json
from email.message import Message
from typing import Any
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

REDIRECTS = 5
_SAFE = "%/:=&?~#+!$,;'@()*[]"
_MOVED = (301, 302, 303, 307, 308)


class Response:
    """What a host answered: any status, also an error's."""

    def __init__(self, url: str, status: int, headers: Message, content: bytes) -> None:
        self.url = url
        self.status = status
        self.headers = headers
        self.content = content

    @property
    def text(self) -> str:
        charset = self.headers.get_content_charset("utf-8")
        try:
            return self.content.decode(charset, "replace")
        except LookupError:
            return self.content.decode("utf-8", "replace")

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        return _json.loads(self.content)

    def __repr__(self) -> str:
        return f"<Response {self.status}>"


def fetch(
    proxy: tuple[str, int],
    url: str,
    method: str,
    headers: dict[str, str],
    json: Any,
    data: str | bytes | None,
    timeout: float | None,
) -> Response:
    """Follows redirects of GET and HEAD, each of which the proxy decides about as about the first."""
    headers = {"Accept-Encoding": "identity", "User-Agent": "ProxyStaff tool", **headers}
    body = data.encode() if isinstance(data, str) else data
    if json is not None:
        body = _json.dumps(json).encode()
        headers.setdefault("Content-Type", "application/json")
    method = method.upper()
    for _ in range(REDIRECTS + 1):
        response = _exchange(proxy, ascii_url(url), method, headers, body, timeout)
        where = response.headers.get("Location")
        if method not in ("GET", "HEAD") or response.status not in _MOVED or not where:
            return response
        following = urljoin(url, where)
        if urlsplit(following).netloc != urlsplit(url).netloc:
            headers = {
                name: value for name, value in headers.items() if name.lower() not in ("authorization", "cookie")
            }
        url = following
    raise RuntimeError(f"more than {REDIRECTS} redirects")


def ascii_url(url: str) -> str:
    """The host in punycode, all else percent-encoded where it has to be."""
    parts = urlsplit(url)
    try:
        host = parts.netloc.encode("idna").decode()
    except UnicodeError:
        host = "%"
    if "%" in host:
        raise ValueError(f"{parts.netloc!r} is not the name of a host")
    path, query = quote(parts.path, safe=_SAFE), quote(parts.query, safe=_SAFE)
    return urlunsplit((parts.scheme, host, path or "/", query, ""))


def _exchange(
    proxy: tuple[str, int],
    url: str,
    method: str,
    headers: dict[str, str],
    body: bytes | None,
    timeout: float | None,
) -> Response:
    connection = http.client.HTTPConnection(*proxy, timeout=timeout or 30)
    try:
        connection.request(method, url, body=body, headers=headers)
        answer = connection.getresponse()
        return Response(url, answer.status, answer.headers, answer.read())
    finally:
        connection.close()
