"""System checks: what would make this installation unsafe or silent, with what to do."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register

from tenants_app.envelope import MasterKeys
from tooling import readiness

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@register(Tags.security, deploy=True)
def check_master_keys(**_: Any) -> list[CheckMessage]:
    if not settings.MASTER_KEYS:
        return [
            Error("MASTER_KEYS is not set.", hint='Set it to "1:<base64 of 32 random bytes>".', id="proxystaff.E001")
        ]
    try:
        MasterKeys.parse(settings.MASTER_KEYS)
    except ValueError as error:
        return [Error(str(error), id="proxystaff.E002")]
    return []


@register(Tags.security)
def check_public_url(**_: Any) -> list[CheckMessage]:
    try:
        url = urlsplit(settings.PUBLIC_URL)
        well_formed = url.port != 0 and url.hostname is not None and not any(map(str.isspace, settings.PUBLIC_URL))
    except ValueError:  # brackets or a port that are none
        url, well_formed = urlsplit(""), False
    if not well_formed or url.path or url.query or url.username is not None:
        return [
            Error(
                f"PUBLIC_URL is {settings.PUBLIC_URL!r}.",
                hint="It is scheme and host only, such as https://bot.example.com.",
                id="proxystaff.E003",
            )
        ]
    if url.scheme != "https" and url.hostname not in LOOPBACK:
        return [
            Error(
                f"PUBLIC_URL {settings.PUBLIC_URL} is not https.",
                hint="WhatsApp and Telegram call webhooks over https only.",
                id="proxystaff.E004",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def check_anthropic_key(**_: Any) -> list[CheckMessage]:
    if settings.ANTHROPIC_API_KEY or "anthropic" in settings.SIMULATED:
        return []
    return [
        checks.Warning(
            "ANTHROPIC_API_KEY is not set: no message can be answered.",
            hint="Set the key of an Anthropic workspace with a spend limit.",
            id="proxystaff.W001",
        )
    ]


@register(Tags.security, deploy=True)
def check_sandbox(**_: Any) -> list[CheckMessage]:
    lacking = readiness.lacking_in_words()
    if not lacking:
        return []
    return [
        checks.Warning(
            f"Tenants' own tools are off here, as the sandbox is not complete: {lacking}.",
            hint=f"{readiness.HOW_TO_SEE} shows every layer; docs/sandbox.md says how to get them.",
            id="proxystaff.W002",
        )
    ]
