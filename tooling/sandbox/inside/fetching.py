"""`context.fetch`: asks the proxy outside, in plain HTTP, for an absolute URL; the proxy speaks TLS with the host."""

import http.client
import json as _json
from urllib.parse import quote, urljoin

REDIRECTS = 5
_SAFE = "%/:=&?~#+!$,;'@()*[]"


class Response:
    """What a host answered: any status, also an error's."""

    def __init__(self, url, status, headers, content):
        self.url = url
        self.status = status
        self.headers = headers
        self.content = content

    @property
    def text(self):
        charset = self.headers.get_content_charset("utf-8")
        try:
            return self.content.decode(charset, "replace")
        except LookupError:
            return self.content.decode("utf-8", "replace")

    @property
    def ok(self):
        return 200 <= self.status < 300

    def json(self):
        return _json.loads(self.content)

    def __repr__(self):
        return f"<Response {self.status}>"


def fetch(proxy, url, method, headers, json, data, timeout):
    headers = {"Accept-Encoding": "identity", "User-Agent": "ProxyStaff tool", **headers}
    body = data.encode() if isinstance(data, str) else data
    if json is not None:
        body = _json.dumps(json).encode()
        headers.setdefault("Content-Type", "application/json")
    method = method.upper()
    for _ in range(REDIRECTS + 1):
        response = _exchange(proxy, quote(url, safe=_SAFE), method, headers, body, timeout)
        where = response.headers.get("Location")
        if method not in ("GET", "HEAD") or response.status not in (301, 302, 303, 307, 308) or not where:
            return response
        url = urljoin(url, where)  # the proxy decides about this host as about the first
    raise RuntimeError(f"more than {REDIRECTS} redirects")


def _exchange(proxy, url, method, headers, body, timeout):
    connection = http.client.HTTPConnection(*proxy, timeout=timeout or 30)
    try:
        connection.request(method, url, body=body, headers=headers)
        answer = connection.getresponse()
        return Response(url, answer.status, answer.headers, answer.read())
    finally:
        connection.close()
