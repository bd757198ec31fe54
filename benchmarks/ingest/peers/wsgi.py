"""The WSGI side of the bare handlers: path, signature and body out, 200 or 403 back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.ingest.peers.door import Refused

Application = Callable[[dict[str, Any], Callable[..., Any]], list[bytes]]
PLAIN = ("Content-Type", "text/plain")


def application(store: Callable[[str, bytes, str], None]) -> Application:
    """`store` is given the app's id, the body and its signature."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        app = environ["PATH_INFO"].rpartition("/")[2]
        body = environ["wsgi.input"].read(
            int(environ.get("CONTENT_LENGTH") or 0)
        )  # none: somebody asks whether it is up
        try:
            store(app, body, environ.get("HTTP_X_HUB_SIGNATURE_256", ""))
        except Refused:
            start_response("403 Forbidden", [PLAIN, ("Content-Length", "0")])
            return [b""]
        start_response("200 OK", [PLAIN, ("Content-Length", "2")])
        return [b"ok"]

    return answer
