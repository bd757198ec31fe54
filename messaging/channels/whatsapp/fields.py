"""Webhook fields beside "messages": what Meta tells an account's operators, and what concerns one person.

Source: https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/reference. The names of an event are Meta's
words in capitals; new ones come without notice, so that what is unknown is told as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from messaging.channels.base import AccountNotice, Echo, Event, Preference, Severity
from messaging.channels.door import LONGEST_ID, NotAsDocumentedError, id_of, line_of, text_of, time_of
from messaging.channels.whatsapp.content import UNSUPPORTED, content_of
from messaging.channels.whatsapp.errors import impersonal
from messaging.channels.whatsapp.notices import trouble_of
from messaging.channels.whatsapp.people import person_of
from messaging.channels.whatsapp.templates import news_of

Node = Mapping[str, Any]

_LONGEST_SUMMARY = 300
_ERRORS = re.compile(r"DISABLE|DELETE|VIOLATION|RESTRICT|BAN|OFFBOARD|REMOVED|REJECT|CRITICAL|HIGH")
_WARNINGS = re.compile(r"FLAGGED|DOWNGRADE|PAUSED|LIMIT|WARN|PENDING_DELETION|MEDIUM|LOW")
_GOOD = re.compile(r"UNFLAGGED|UPGRADE|REINSTATE|UNPAUSED")
_OPTED_OUT: Mapping[str, bool] = {"stop": True, "resume": False}


def echo(node: Node, contacts: Sequence[Node]) -> Event:
    """What it says counts less than that somebody took over: where it cannot be read, that is still told."""
    person = person_of(node.get("to"), node.get("to_user_id"), contacts)
    try:
        content = content_of(node)
    except NotAsDocumentedError:
        content = UNSUPPORTED
    message_id = id_of(node.get("id"), "message id")
    return Echo(
        key=message_id,
        message_id=message_id,
        chat_id=person.address,
        sent_at=time_of(node.get("timestamp"), "timestamp"),
        kind=content.kind,
        text=content.text,
        reply_to=content.about or _replied(node.get("context")),
        media=content.media,
        phone=person.phone,
    )


def _replied(context: object) -> str | None:
    return text_of(context.get("id"), LONGEST_ID) or None if isinstance(context, dict) else None


def preference(node: Node, contacts: Sequence[Node]) -> Event:
    person = person_of(node.get("wa_id"), node.get("user_id"), contacts)
    opted_out = _OPTED_OUT.get(text_of(node.get("value")))
    category = text_of(node.get("category"), LONGEST_ID)
    if opted_out is None or not category:
        raise NotAsDocumentedError("user_preferences says neither stop nor resume")
    return Preference(
        address=person.address,
        category=category,
        opted_out=opted_out,
        at=time_of(node.get("timestamp"), "timestamp"),
        phone=person.phone,
    )


def notice(field: str, value: Node) -> Event:
    summary, word = NOTICES[field](value)
    severity = _severity(word)
    finding, mends = trouble_of(field, value, word.strip(), summary, severity)
    return AccountNotice(
        field=field,
        summary=summary[:_LONGEST_SUMMARY],
        severity=severity,
        finding=finding,
        mends=mends,
        template=news_of(value) if field == "message_template_status_update" else None,
    )


def _severity(word: str) -> Severity:
    if _GOOD.search(word):
        return "info"
    if _ERRORS.search(word):
        return "error"
    return "warning" if _WARNINGS.search(word) else "info"


def _account_update(value: Node) -> tuple[str, str]:
    event = _needed(value, "event")
    ban = _word(_inner(value, "ban_info"), "waba_ban_state")
    violation = _word(_inner(value, "violation_info"), "violation_type")
    given = value.get("restriction_info")
    nodes = [node for node in given if isinstance(node, dict)] if isinstance(given, list) else []
    restrictions = [_word(node, "restriction_type") for node in nodes]
    return _sentence(f"Business account: {event}", [ban, violation, *restrictions]), f"{event} {ban}"


def _account_alert(value: Node) -> tuple[str, str]:
    """Since v17 the alert lies in `alert_info`, before it lay in the value itself."""
    alert = {**value, **_inner(value, "alert_info")}
    words = [_word(alert, name) for name in ("alert_status", "entity_type")]
    told = impersonal(line_of(alert.get("alert_description"), _LONGEST_SUMMARY))
    severity = _word(alert, "alert_severity")
    return _sentence(f"Account alert: {_needed(alert, 'alert_type')}", [severity, *words, told]), severity


def _quality(value: Node) -> tuple[str, str]:
    event = _needed(value, "event")
    old, new = _word(value, "old_limit"), _word(value, "current_limit")
    limit = f"limit {old} → {new}" if old and new and old != new else f"limit {new}" if new else ""
    return _sentence(f"Quality of the phone number: {event}", [limit]), event


def _template(value: Node) -> tuple[str, str]:
    event, name = _needed(value, "event"), _needed(value, "message_template_name")
    why = _word(value, "reason")
    other = impersonal(line_of(_inner(value, "other_info").get("description"), _LONGEST_SUMMARY))
    words = [why if why != "NONE" else "", other]
    return _sentence(f"Template {name} ({_word(value, 'message_template_language')}): {event}", words), event


def _capability(value: Node) -> tuple[str, str]:
    limits = {name: _word(value, name) for name in sorted(value) if re.fullmatch(r"max_[a-z_]{1,80}", name)}
    words = [f"{name} = {limit}" for name, limit in limits.items() if limit]
    if not words:
        raise NotAsDocumentedError("business_capability_update without a limit")
    return f"Limits of the business: {', '.join(words)}", ""


NOTICES: Mapping[str, Callable[[Node], tuple[str, str]]] = {
    "account_update": _account_update,
    "account_alerts": _account_alert,
    "phone_number_quality_update": _quality,
    "message_template_status_update": _template,
    "business_capability_update": _capability,
}


def _sentence(head: str, words: Sequence[str]) -> str:
    return ", ".join(word for word in (head, *words) if word)


def _inner(value: Node, name: str) -> Node:
    node = value.get(name)
    return node if isinstance(node, dict) else {}


def _needed(value: Node, name: str) -> str:
    word = _word(value, name)
    if not word:
        raise NotAsDocumentedError(f"{name} is missing")
    return word


def _word(value: Node, name: str) -> str:
    """One of Meta's names or numbers; "" for a sentence, in which anything may stand."""
    word = value.get(name)
    if isinstance(word, int) and not isinstance(word, bool) and abs(word) < 10**9:
        return str(word)
    return word if isinstance(word, str) and re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", word, re.ASCII) else ""
