"""The hosts' side of the proxy for requests in the clear: TLS, the credential, and the answer on its way back."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import cast

import httpcore2

from tooling.egress.hosts import PORTS
from tooling.egress.inbound import Client, Incoming, for_the_next
from tooling.egress.injection import Injection
from tooling.egress.metered import PinnedBackend
from tooling.egress.redaction import Redactor, Stream
from tooling.egress.types import KIB, Limits, Refusal

SENDS_BODY = ("POST", "PUT", "PATCH")
UNREADABLE = (b"accept-encoding", b"range", b"if-range")  # compressed or in parts, no answer shows its credential


def forward(
    client: Client,
    request: Incoming,
    injection: Injection | None,
    *,
    backend: PinnedBackend,
    limits: Limits,
    tls: ssl.SSLContext,
) -> None:
    """Send the request and stream its answer; raises Refusal, and OSError when the script went. Follows nothing."""
    pool = httpcore2.ConnectionPool(ssl_context=tls, max_connections=1, network_backend=backend)
    try:
        with pool:
            response = pool.handle_request(_outgoing(request, injection, limits))
            _answer(client, request, response, injection, limits)
    except httpcore2.TimeoutException:
        raise Refusal("http_response_timeout", f"{request.host} did not answer in time.", status=504) from None
    except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        raise _failure(request.host, error) from None


def _outgoing(request: Incoming, injection: Injection | None, limits: Limits) -> httpcore2.Request:
    target, headers = request.target, request.headers
    if injection is not None:
        headers = [each for each in headers if each[0].lower() not in UNREADABLE] + [(b"Accept-Encoding", b"identity")]
        target, headers = injection.into(target, headers)
    host = request.host if request.port == PORTS[request.scheme] else f"{request.host}:{request.port}"
    framing = [(b"Host", host.encode()), (b"Connection", b"close")]
    if request.body or request.method in SENDS_BODY:
        framing.append((b"Content-Length", str(len(request.body)).encode()))
    return httpcore2.Request(
        request.method.encode(),
        httpcore2.URL(
            scheme=request.scheme.encode(), host=request.host.encode(), port=request.port, target=target.encode()
        ),
        headers=framing + headers,
        content=request.body,
        extensions={"timeout": {"connect": limits.connect, "read": limits.idle, "write": limits.idle}},
    )


def _answer(
    client: Client, request: Incoming, response: httpcore2.Response, injection: Injection | None, limits: Limits
) -> None:
    if response.status == 101:
        raise Refusal("http_protocol_error", f"{request.host} wants another protocol than HTTP.", status=502)
    length = next((value for key, value in response.headers if key.lower() == b"content-length"), None)
    if length is not None and int(length) > limits.response_bytes and request.method != "HEAD":
        raise _too_large(limits)
    headers = for_the_next(response.headers)
    redactor = Redactor(injection.secrets if injection else ())
    headers = [(key, redactor.bytes(value)) for key, value in headers]
    if length is not None and (injection is None or request.method == "HEAD"):
        headers.append((b"Content-Length", length))
    client.begin(response.status, headers)
    stream = Stream(redactor)
    received = 0
    for chunk in cast("Iterable[bytes]", response.stream):
        received += len(chunk)
        if received > limits.response_bytes:
            raise _too_large(limits)
        if ready := stream.feed(chunk) if injection else chunk:
            client.send(ready)
    if rest := stream.end():
        client.send(rest)
    client.end()


def _too_large(limits: Limits) -> Refusal:
    most = limits.response_bytes // KIB
    return Refusal("http_response_body_size", f"The answer is larger than {most} KiB; ask for less.", status=502)


def _failure(host: str, error: Exception) -> Refusal:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Refusal(
            "tls_certificate_error", f"{host} shows no valid certificate: {cause.verify_message}.", status=502
        )
    if cause is not None:
        return Refusal("tls_protocol_error", f"No TLS connection to {host} came about.", status=502)
    if isinstance(error, httpcore2.ConnectError):
        return Refusal("connection_refused", f"{host} could not be reached.", status=502)
    return Refusal("http_protocol_error", f"{host} broke off, or what it answers is no proper HTTP.", status=502)
