"""What Meta tells of an account when it is asked: its number, where its webhooks go, what its token is good for.

Sources: https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account-to-number-current-status,
…/whatsapp/cloud-api/reference/business-account/subscribed-apps, …/graph-api/reference/debug_token, and for
`health_status` …/whatsapp/cloud-api/health-status. Only what the number itself answers has to be had: the rest may be
refused to a token of few permissions, and then nothing is known of it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from messaging.channels.base import Channel, Credentials, Finding, Inspection, Severity, TransportError
from messaging.channels.door import line_of, text_of
from messaging.channels.findings import REFUSED, refused, worded
from messaging.channels.whatsapp.errors import impersonal
from messaging.channels.whatsapp.troubles import WORDS

logger = logging.getLogger(__name__)

Node = Mapping[str, Any]
Ask = Callable[[str, Mapping[str, str]], Node]  # path and parameters; raises TransportError

NUMBER_FIELDS = (
    "id,display_phone_number,quality_rating,status,code_verification_status,platform_type,webhook_configuration"
)
UNKNOWN_OBJECT = "100/33"
WARN_DAYS = 14
URGENT_DAYS = 3
PAYMENT_CODES = {131042, 141006}
_CONNECTED = {"", "CONNECTED", "FLAGGED", "RATE_LIMITED"}
_RESTRICTED = {"RESTRICTED", "BANNED"}
_NUMBER_CODES = frozenset(
    {REFUSED, "number_unknown", "number_not_registered", "number_restricted", "rate_limited", "quality_low"}
)
_WEBHOOK_CODES = frozenset({"webhook_not_set", "webhook_elsewhere"})
_HEALTH_CODES = frozenset({"account_locked", "payment", "sending_limited"})
# What to do where a number could not be registered, by code.
REGISTERING = {
    "133005": "This is not the PIN of the number's two-step verification. It can be reset in WhatsApp Manager, Phone "
    "numbers, Two-step verification.",
    "133006": "The number has to be verified first, in WhatsApp Manager, Phone numbers.",
    "133008": "Too many wrong PINs were given. Wait as long as WhatsApp says.",
    "133009": "PINs were given too fast. Wait a while.",
    "133015": "The number was deleted a short while ago. Wait five minutes.",
    "133016": "It was registered too often. Wait 72 hours.",
}


def explained(error: TransportError) -> TransportError:
    """A refused registration, with what to do."""
    hint = REGISTERING.get(error.code.partition("/")[0])
    if error.unauthorized:
        hint = "Make a new token and run manage.py onboard with it first."
    if error.code == UNKNOWN_OBJECT:
        hint = "The token may not see the number: in Meta Business settings, give its user the WhatsApp account."
    if hint is None:
        return error
    return TransportError(
        f"{error}. {hint}",
        permanent=error.permanent,
        unauthorized=error.unauthorized,
        retry_after=error.retry_after,
        code=error.code,
    )


def inspect(channel: Channel, credentials: Credentials, webhook_url: str, ask: Ask) -> Inspection:
    """Raises TransportError where Meta cannot be asked about the number."""
    try:
        number = ask(credentials.external_id, {"fields": NUMBER_FIELDS})
    except TransportError as error:
        if error.unauthorized:
            return Inspection(findings=(refused(channel, error),), looked_at=frozenset({REFUSED}))
        if error.code == UNKNOWN_OBJECT:
            found = worded(WORDS, "number_unknown", "error", silences=True, number=credentials.external_id)
            return Inspection(findings=(found,), looked_at=frozenset({REFUSED, "number_unknown"}))
        raise
    token = _token(credentials, ask)
    return _together(
        Inspection(findings=tuple(_of_number(number, credentials)), looked_at=_NUMBER_CODES),
        _webhook(number, webhook_url),
        _subscription(credentials, text_of(token.get("app_id")), ask),
        _expiry(token),
        _health(credentials, ask),
    )


def _together(*inspections: Inspection) -> Inspection:
    return Inspection(
        findings=tuple(found for each in inspections for found in each.findings),
        looked_at=frozenset().union(*(each.looked_at for each in inspections)),
    )


def _of_number(number: Node, credentials: Credentials) -> Iterable[Finding]:
    address = text_of(number.get("display_phone_number"), 40) or credentials.external_id
    status, rating = _word(number, "status"), _word(number, "quality_rating")
    platform = _word(number, "platform_type")
    if status in _RESTRICTED:
        silences = status == "BANNED"
        yield worded(WORDS, "number_restricted", "error", silences=silences, address=address, status=status)
    elif status not in _CONNECTED or platform not in {"", "CLOUD_API"}:
        shown = status if status not in _CONNECTED else f"platform {platform}"
        facts = {"address": address, "status": shown, "number": credentials.external_id}
        yield worded(WORDS, "number_not_registered", "error", silences=True, **facts)
    if status == "RATE_LIMITED":
        yield worded(WORDS, "rate_limited", "warning", address=address)
    if rating == "RED":
        yield worded(WORDS, "quality_low", "error", address=address, rating="red")
    elif rating == "YELLOW" or status == "FLAGGED":
        yield worded(WORDS, "quality_low", "warning", address=address, rating="yellow" if rating == "YELLOW" else "low")


def _webhook(number: Node, ours: str) -> Inspection:
    """The number's own URL goes before the business account's, and that before the app's."""
    configuration = number.get("webhook_configuration")
    if not isinstance(configuration, dict):
        return Inspection()
    given = (text_of(configuration.get(of)) for of in ("phone_number", "whatsapp_business_account", "application"))
    theirs = next(filter(None, given), "")
    if not theirs:
        return Inspection(findings=(worded(WORDS, "webhook_not_set", "error", ours=ours),), looked_at=_WEBHOOK_CODES)
    if theirs.rstrip("/") == ours.rstrip("/"):
        return Inspection(looked_at=_WEBHOOK_CODES)
    found = worded(WORDS, "webhook_elsewhere", "error", ours=ours, theirs=shown_url(theirs))
    return Inspection(findings=(found,), looked_at=_WEBHOOK_CODES)


def shown_url(url: str) -> str:
    """A foreign URL without what may be secret in it."""
    return re.sub(r"[?#].*", "", re.sub(r"//[^/@]*@", "//", line_of(url, 200)))


def _subscription(credentials: Credentials, app_id: str, ask: Ask) -> Inspection:
    """Whether our app gets the account's webhooks; where its id is not known, whether any does."""
    waba = credentials.config.get("waba_id", "")
    if not waba:
        return Inspection()
    try:
        data = ask(f"{waba}/subscribed_apps", {}).get("data")
    except TransportError as error:
        if not error.unauthorized and not error.permanent:
            return _unknown(credentials, "subscribed_apps", error)
        found = worded(WORDS, "permission_missing", "warning", waba=waba, detail=str(error)[:200])
        return Inspection(findings=(found,), looked_at=frozenset({"permission_missing"}))
    apps = [app for app in data if isinstance(app, dict)] if isinstance(data, list) else []
    ids = {text_of(_inner(app, "whatsapp_business_api_data").get("id")) for app in apps}
    looked_at = frozenset({"permission_missing", "not_subscribed"})
    if app_id in ids or (apps and not app_id):
        return Inspection(looked_at=looked_at)
    return Inspection(findings=(worded(WORDS, "not_subscribed", "error", waba=waba),), looked_at=looked_at)


def _token(credentials: Credentials, ask: Ask) -> Node:
    """What debug_token tells; empty where it may not be asked with this token."""
    try:
        return _inner(ask("debug_token", {"input_token": credentials.token}), "data")
    except TransportError as error:
        _unknown(credentials, "debug_token", error)
        return {}


def _expiry(token: Node) -> Inspection:
    """0 is never."""
    fields = {"expires_at": "token_expires", "data_access_expires_at": "data_access_expires"}
    looked_at, findings = set(), []
    for field, code in fields.items():
        seconds = token.get(field)
        if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 <= seconds < 10**11:
            continue
        looked_at.add(code)
        ends = datetime.fromtimestamp(seconds, UTC)
        days = (ends - datetime.now(UTC)).days
        if seconds and days < WARN_DAYS:
            severity: Severity = "error" if days < URGENT_DAYS else "warning"
            findings.append(worded(WORDS, code, severity, day=f"{ends:%Y-%m-%d}"))
    return Inspection(findings=tuple(findings), looked_at=frozenset(looked_at))


def _health(credentials: Credentials, ask: Ask) -> Inspection:
    """What stands in the way of sending, by Meta's own word. Older versions don't tell."""
    try:
        health = _inner(ask(credentials.external_id, {"fields": "health_status"}), "health_status")
    except TransportError as error:
        return _unknown(credentials, "health_status", error)
    given = health.get("entities")
    if not isinstance(given, list) or not _word(health, "can_send_message"):
        return Inspection()
    found: dict[str, Finding] = {}
    for entity in given:
        if isinstance(entity, dict) and _word(entity, "entity_type") != "PHONE_NUMBER":  # of which its status tells
            for finding in _of_entity(entity):
                found.setdefault(finding.code, finding)
    return Inspection(findings=tuple(found.values()), looked_at=_HEALTH_CODES)


def _of_entity(entity: Node) -> Iterable[Finding]:
    can = _word(entity, "can_send_message")
    if can not in {"BLOCKED", "LIMITED"}:
        return
    errors = entity.get("errors")
    nodes = [node for node in errors if isinstance(node, dict)] if isinstance(errors, list) else []
    for node in nodes or [{}]:
        detail = impersonal(line_of(node.get("error_description"), 200)) or f"{_word(entity, 'entity_type')} {can}"
        if node.get("error_code") in PAYMENT_CODES:
            yield worded(WORDS, "payment", "error", silences=can == "BLOCKED", detail=detail)
        elif can == "BLOCKED":
            yield worded(WORDS, "account_locked", "error", silences=True, detail=detail)
        else:
            solution = impersonal(line_of(node.get("possible_solution"), 200)) or "Look into WhatsApp Manager."
            yield worded(WORDS, "sending_limited", "info", detail=detail, solution=solution)


def _unknown(credentials: Credentials, what: str, error: TransportError) -> Inspection:
    logger.info("whatsapp.not_told", extra={"account": credentials.external_id, "what": what, "code": error.code})
    return Inspection()


def _inner(node: Node, name: str) -> Node:
    value = node.get(name)
    return value if isinstance(value, dict) else {}


def _word(node: Node, name: str) -> str:
    word = text_of(node.get(name), 60)
    return word if re.fullmatch(r"[A-Z_]{1,60}", word) else ""
