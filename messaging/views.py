"""The doors that the services knock at: verify over the raw bytes, store, 200.

What is authentic is never refused for its content: it would be sent again for days and in the end be lost.
"""

from __future__ import annotations

import hmac
import logging
import uuid
from collections.abc import Callable, Iterable

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram
from psycopg_pool import PoolTimeout
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from messaging import credentials, inbox
from messaging.channels import CHANNELS
from messaging.channels.base import Channel
from tenants_app.faults import fault
from tenants_app.scope import mend_connections

logger = logging.getLogger(__name__)

WEBHOOKS = Counter("proxystaff_webhooks", "Webhook requests answered", ["kind", "status"])
SECONDS = Histogram(
    "proxystaff_webhook_seconds", "Time to take a webhook", ["kind"], buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
)


def plain(text: str, status: int = 200) -> HttpResponse:
    body = text.encode()
    length = {"Content-Length": str(len(body))}  # without it the server answers in chunks
    return HttpResponse(body, status=status, content_type="text/plain; charset=utf-8", headers=length)


class WhateverIsAccepted(BaseContentNegotiation):
    """An authentic message is not refused because the one who brings it would rather read HTML."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        return next(iter(parsers), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, str(first.media_type)


class Webhook(APIView):
    """`/webhooks/<kind>/<target>`: an app that signs for many accounts, or one account, as the channel has it."""

    content_negotiation_class = WhateverIsAccepted
    metadata_class = None  # OPTIONS tells nothing

    def get(self, request: Request, kind: str, target: uuid.UUID) -> HttpResponse:
        """The verification of an app's URL: the challenge comes back if the token is ours."""
        if kind not in CHANNELS:
            return plain("There is no such channel here.", 404)
        app = credentials.apps.get(kind, target)
        token = request.GET.get("hub.verify_token", "")
        if app is None or request.GET.get("hub.mode") != "subscribe" or not same(token, app.verify_token):
            return plain("The verify token is not the one of this app; copy it from the output of onboard.", 403)
        return plain(request.GET.get("hub.challenge", ""))

    def post(self, request: Request, kind: str, target: uuid.UUID) -> HttpResponse:
        channel = CHANNELS.get(kind)
        if channel is None:
            return plain("There is no such channel here.", 404)
        try:
            body = read_body(request._request)
        except RequestDataTooBig:
            return plain("The body is larger than 4 MiB.", 413)
        except TruncatedError:
            return plain("The body ended before its Content-Length.", 400)
        take = for_app if channel.capabilities.webhook_per_app else for_account
        with SECONDS.labels(kind).time():
            response = surely(lambda: take(channel, target, request, body))
        WEBHOOKS.labels(kind, response.status_code).inc()
        return response


def surely(take: Callable[[], HttpResponse]) -> HttpResponse:
    """Take the webhook, a second time where the database ended a connection that this process kept open.

    That saves a question to the database before every webhook. What was stored the first time is known by its key.
    """
    try:
        return take()
    except (OperationalError, InterfaceError) as error:
        if isinstance(error.__cause__, PoolTimeout):
            raise  # the database is away: the service sends the webhook again
        logger.warning("webhook.database_lost", extra={"error": type(error).__name__})
        mend_connections()
        return take()


def for_app(channel: Channel, app_id: uuid.UUID, request: Request, body: bytes) -> HttpResponse:
    app = credentials.apps.get(channel.kind, app_id)
    if app is None:
        return plain("There is no such app here.", 404)
    if not channel.verify(body, request.headers, app.secret):
        return plain("The signature does not fit the body.", 403)
    fault("after_verify")
    inbox.receive_for_app(channel, app_id, body)
    return plain("ok")


def for_account(channel: Channel, account_id: uuid.UUID, request: Request, body: bytes) -> HttpResponse:
    route = credentials.account_routes.get(channel.kind, account_id)
    if route is None:
        return plain("There is no such account here.", 404)
    if not route.secret or not channel.verify(body, request.headers, route.secret):
        return plain("The secret token is not the one of this account.", 403)
    fault("after_verify")
    inbox.receive_for_account(channel, route, body)
    return plain("ok")


class TruncatedError(Exception):
    """Whoever sent the body went away in the middle of it."""


def read_body(request: HttpRequest) -> bytes:
    """The whole body, also one sent in chunks, which has no length; raises RequestDataTooBig and TruncatedError.

    Django takes a body without Content-Length for an empty one: behind a proxy that passes on chunks, every message
    would be lost.
    """
    if request.META.get("CONTENT_LENGTH"):
        body = request.body
        if len(body) < int(request.META["CONTENT_LENGTH"]):
            raise TruncatedError
        return body
    if not request.META.get(
        "wsgi.input_terminated"
    ):  # the server cannot tell where it ends: reading might never return
        return request.body
    chunked = bytearray()
    while piece := request.META["wsgi.input"].read(65536):
        chunked += piece
        if len(chunked) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig
    return bytes(chunked)


def same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
