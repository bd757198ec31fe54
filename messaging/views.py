"""The doors that the services knock at: verify over the raw bytes, store, 200.

What is authentic is never refused for its content: it would be sent again for days and in the end be lost.
"""

from __future__ import annotations

import hmac
import uuid

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram
from rest_framework.request import Request
from rest_framework.views import APIView

from messaging import credentials, inbox
from messaging.channels import CHANNELS
from messaging.channels.base import Channel

WEBHOOKS = Counter("proxystaff_webhooks", "Webhook requests answered", ["kind", "status"])
SECONDS = Histogram(
    "proxystaff_webhook_seconds", "Time to take a webhook", ["kind"], buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
)


def plain(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


class Webhook(APIView):
    """`/webhooks/<kind>/<target>`: an app that signs for many accounts, or one account, as the channel has it."""

    def get(self, request: Request, kind: str, target: uuid.UUID) -> HttpResponse:
        """The verification of an app's URL: the challenge comes back if the token is ours."""
        app = credentials.apps.get(kind, target)
        token = request.GET.get("hub.verify_token", "")
        if app is None or request.GET.get("hub.mode") != "subscribe" or not same(token, app.verify_token):
            return plain("The verify token is not the one of this app; copy it from the output of onboard.", 403)
        return plain(request.GET.get("hub.challenge", ""))

    def post(self, request: Request, kind: str, target: uuid.UUID) -> HttpResponse:
        channel = CHANNELS.get(kind)
        if channel is None:
            return plain("There is no such channel here.", 404)
        body = read_body(request._request)
        if body is None:
            return plain("The body is larger than 4 MiB.", 413)
        take = for_app if channel.capabilities.webhook_per_app else for_account
        with SECONDS.labels(kind).time():
            response = take(channel, target, request, body)
        WEBHOOKS.labels(kind, response.status_code).inc()
        return response


def for_app(channel: Channel, app_id: uuid.UUID, request: Request, body: bytes) -> HttpResponse:
    app = credentials.apps.get(channel.kind, app_id)
    if app is None:
        return plain("There is no such app here.", 404)
    if not channel.verify(body, request.headers, app.secret):
        return plain("The signature does not fit the body.", 403)
    inbox.receive_for_app(channel, app_id, body)
    return plain("ok")


def for_account(channel: Channel, account_id: uuid.UUID, request: Request, body: bytes) -> HttpResponse:
    route = credentials.account_routes.get(channel.kind, account_id)
    if route is None:
        return plain("There is no such account here.", 404)
    if not route.secret or not channel.verify(body, request.headers, route.secret):
        return plain("The secret token is not the one of this account.", 403)
    inbox.receive_for_account(channel, route, body)
    return plain("ok")


def read_body(request: HttpRequest) -> bytes | None:
    try:
        return request.body
    except RequestDataTooBig:
        return None


def same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
