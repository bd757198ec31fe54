"""The Claude client: the one module that knows the SDK. One request in, one whole reply or one `ClaudeError` out.

Streams over the SDK's raw server-sent events: no model objects are built, so blocks stay as they came and a reply
costs little CPU. The SDK never retries or sleeps here; "try again at" is the caller's, as data.
"""

from __future__ import annotations

import email.utils
import json
import math
import re
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from typing import Any

import anthropic
import httpcore2
import httpx2

from tooling import transport
from tooling.assembly import Assembler, whole
from tooling.types import ClaudeError, ErrorKind, Reply, Usage

AFTER_LAST_EVENT = 1.0  # seconds to wait for the end of the body after the last event, so the connection can be reused

NOT_SENT = (
    *(httpcore2.ConnectError, httpcore2.ConnectTimeout, httpcore2.PoolTimeout, httpcore2.UnsupportedProtocol),
    *(httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol),
)
BROKEN = (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError, httpx2.HTTPError)

PERMANENT: frozenset[ErrorKind] = frozenset({"spend_limit", "bad_key", "invalid_request", "context_full"})

BY_STATUS: Mapping[int, ErrorKind] = {
    401: "bad_key",
    402: "spend_limit",
    403: "bad_key",
    408: "timeout",
    409: "server",
    413: "context_full",  # the request outgrew what the service takes: a new session is smaller
    429: "rate_limited",
    503: "overloaded",
    504: "timeout",
    529: "overloaded",
}

BY_TYPE: Mapping[str, ErrorKind] = {
    "authentication_error": "bad_key",
    "billing_error": "spend_limit",
    "invalid_request_error": "invalid_request",
    "not_found_error": "invalid_request",
    "overloaded_error": "overloaded",
    "permission_error": "bad_key",
    "rate_limit_error": "rate_limited",
    "request_too_large": "context_full",
    "timeout_error": "timeout",
}

BY_CODE: Mapping[str, ErrorKind] = {
    "contract_spend_limit_reached": "spend_limit",
    "enforced_spend_limit_reached": "spend_limit",
    "linked_organization_spend_limit_reached": "spend_limit",
    "organization_on_hold": "bad_key",
}

# Two causes that the service tells apart from a malformed request by its wording alone.
BY_WORDING: tuple[tuple[re.Pattern[str], ErrorKind], ...] = (
    (re.compile(r"prompt is too long|exceeds? (the )?context (limit|window)", re.IGNORECASE), "context_full"),
    (re.compile(r"credit balance is too low", re.IGNORECASE), "spend_limit"),
)

WORD = re.compile(r"[a-z0-9_]{1,64}")


class ClaudeClient:
    """One per process and key, shared by all its threads; each waiting call holds one connection.

    `connect_seconds` and `read_seconds` bound a single wait on the network; `ask` has a deadline for the whole call.
    Raises ClaudeError (bad_key) for a key that cannot stand in a header.
    """

    def __init__(
        self,
        api_key: str,
        base_url: str | None = None,
        *,
        connect_seconds: float = 5.0,
        read_seconds: float = 120.0,
        max_connections: int = 1000,
    ) -> None:
        if not re.fullmatch(r"[!-~]+", api_key):
            raise ClaudeError("bad_key", "the key is empty or holds characters that no key has", permanent=True)
        base_url = base_url or "https://api.anthropic.com"
        timeout = httpx2.Timeout(read_seconds, connect=connect_seconds, pool=read_seconds)
        self._client = anthropic.Anthropic(
            api_key=api_key,
            base_url=base_url,
            max_retries=0,
            timeout=timeout,
            http_client=httpx2.Client(
                transport=transport.DeadlineTransport(base_url, max_connections=max_connections),
                timeout=timeout,
                base_url=base_url,
            ),
        )

    def ask(
        self,
        request: Mapping[str, Any],
        *,
        deadline_seconds: float,
        on_text: Callable[[str], object] | None = None,
    ) -> Reply:
        """Send the request (see `request.build`) and give the whole reply; raises ClaudeError.

        `on_text` is given each piece of text as it arrives; what it raises ends the call and is passed on.
        """
        assembler = Assembler()
        with transport.deadline(deadline_seconds):
            response = self._open(request)
            try:
                with closing(_texts(response, assembler)) as texts:
                    for text in texts:
                        if on_text is not None:
                            on_text(text)
            finally:
                response.close()
        return assembler.reply(_request_id(response))

    def models(self, *, deadline_seconds: float = 10.0) -> list[str]:
        """The ids of the models this key may use: the cheapest way to check key and address. Raises ClaudeError."""
        with transport.deadline(deadline_seconds):
            try:
                return [model.id for model in self._client.models.list(limit=1000).data]
            except anthropic.APIStatusError as error:
                raise _refused(error) from None
            except (anthropic.AnthropicError, *BROKEN) as error:
                raise _unreached(error) from None

    def close(self) -> None:
        self._client.close()

    def _open(self, request: Mapping[str, Any]) -> httpx2.Response:
        """The response, its body still to come."""
        try:
            try:
                stream = self._client.messages.create(**request, stream=True)
            except UnicodeEncodeError:  # lone surrogates, for instance in what a tool gave back; nothing was sent yet
                stream = self._client.messages.create(**_scrubbed(dict(request)), stream=True)
        except anthropic.APIStatusError as error:
            raise _refused(error) from None
        except (anthropic.AnthropicError, *BROKEN) as error:
            raise _unreached(error) from None
        response: httpx2.Response = stream.response
        return response


def _texts(response: httpx2.Response, assembler: Assembler) -> Generator[str]:
    """Feed the stream's events to the assembler and yield the texts; raises ClaudeError unless the reply is whole."""
    try:
        for event in anthropic.Stream.raw_events(response):
            if not event.data:
                continue
            data = json.loads(event.data)
            if data["type"] == "error":
                raise _refused_midway(data, response, assembler.usage)
            if text := assembler.feed(data):
                yield text
            if data["type"] == "message_stop":
                transport.shorten(AFTER_LAST_EVENT)
    except (*BROKEN, ValueError, LookupError, TypeError) as error:
        if not assembler.complete:
            raise _cut(error, response, assembler.usage) from None
    if not assembler.complete:
        raise _cut(None, response, assembler.usage)


def _cut(error: Exception | None, response: httpx2.Response, seen: Usage | None) -> ClaudeError:
    timed_out = isinstance(error, httpcore2.TimeoutException)
    what = "it took too long" if timed_out else f"the stream was cut ({type(error).__name__ if error else 'early end'})"
    return ClaudeError(
        "timeout" if timed_out else "server",
        what,
        status=response.status_code,
        request_id=_request_id(response),
        usage_seen=seen,
        outcome_unknown=seen is None,
    )


def _unreached(error: Exception) -> ClaudeError:
    """No response at all: nothing is known of what the service did with the request."""
    cause = error.__cause__ or error
    timed_out = isinstance(cause, httpcore2.TimeoutException | httpx2.TimeoutException)
    kind: ErrorKind = "timeout" if timed_out else "connection"
    return ClaudeError(kind, type(cause).__name__, outcome_unknown=not isinstance(cause, NOT_SENT))


def _refused(error: anthropic.APIStatusError) -> ClaudeError:
    body = error.body if isinstance(error.body, dict) else {}
    return _described(
        body, status=error.status_code, request_id=error.request_id or "", retry_after=_retry_after(error.response)
    )


def _refused_midway(body: Mapping[str, Any], response: httpx2.Response, seen: Usage | None) -> ClaudeError:
    return _described(body, status=None, request_id=_request_id(response), retry_after=None, seen=seen)


def _described(
    body: Mapping[str, Any],
    *,
    status: int | None,
    request_id: str,
    retry_after: float | None,
    seen: Usage | None = None,
) -> ClaudeError:
    found = body.get("error")
    described = found if isinstance(found, dict) else {}
    details = described.get("details")
    kind_word = _word(described.get("type"))
    code = _word(details.get("error_code")) if isinstance(details, dict) else ""
    wording = str(described.get("message") or "")
    kind = _kind(status, kind_word, code, wording)
    parts = [f"HTTP {status}" if status else "in the stream", kind_word, code]
    return ClaudeError(
        kind,
        " ".join(part for part in parts if part),
        permanent=kind in PERMANENT,
        retry_after=retry_after if kind not in PERMANENT else None,
        status=status,
        error_code=code,
        request_id=request_id,
        usage_seen=seen,
        detail=wording[:1000],
    )


def _kind(status: int | None, type_: str, code: str, wording: str) -> ErrorKind:
    if code in BY_CODE:
        return BY_CODE[code]
    if status is None or status == 400:
        by_wording = next((kind for pattern, kind in BY_WORDING if pattern.search(wording)), None)
        return by_wording or BY_TYPE.get(type_, "server" if status is None else "invalid_request")
    if status in BY_STATUS:
        return BY_STATUS[status]
    return "server" if status >= 500 else "invalid_request"


def _word(value: object) -> str:
    """The service's own word where it is one; anything longer might quote the request."""
    return value if isinstance(value, str) and WORD.fullmatch(value) else ""


def _request_id(response: httpx2.Response) -> str:
    return str(response.headers.get("request-id", ""))


def _retry_after(response: httpx2.Response) -> float | None:
    """Seconds that the service asked to wait: a number or a date; None where it says nothing usable."""
    value = response.headers.get("retry-after")
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        date = email.utils.parsedate_tz(value)
        seconds = email.utils.mktime_tz(date) - time.time() if date else math.nan
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _scrubbed(value: Any) -> Any:
    """The value with every string fit for UTF-8, the same way each time, so that the prompt's prefix stays the same."""
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, dict):
        return {_scrubbed(key): _scrubbed(each) for key, each in value.items()}
    return [_scrubbed(each) for each in value] if isinstance(value, list | tuple) else value
