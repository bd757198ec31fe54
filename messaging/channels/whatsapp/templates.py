"""Meta's templates: the list of them, and the webhook that tells of a change.

Sources: https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account/message_templates and
https://developers.facebook.com/docs/whatsapp/business-management-api/webhooks/components#message-templates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from messaging.channels.base import Credentials, ServiceTemplate, TemplateNews, TemplateState, TransportError
from messaging.channels.door import clean, line_of, text_of

Node = Mapping[str, Any]
Ask = Callable[[str, Mapping[str, str]], Node]  # path and parameters; raises TransportError

FIELDS = "name,language,status,category,components,rejected_reason"
PAGE = 100
MOST_PAGES = 100  # an account may have 6,000 templates, each in many languages
LONGEST_NAME, LONGEST_LANGUAGE, LONGEST_REASON = 512, 20, 300
STATES: Mapping[str, TemplateState] = {
    "APPROVED": "approved",
    "FLAGGED": "approved",  # of low quality, about to be paused
    "REINSTATED": "approved",
    "UNPAUSED": "approved",
    "PENDING": "pending",
    "REJECTED": "rejected",
    "IN_APPEAL": "rejected",
    "PAUSED": "paused",
    "DISABLED": "disabled",
    "LOCKED": "disabled",
    "LIMIT_EXCEEDED": "disabled",
    "PENDING_DELETION": "disabled",
    "DELETED": "disabled",
    "ARCHIVED": "disabled",
}


def listed(credentials: Credentials, ask: Ask) -> list[ServiceTemplate]:
    """All templates of the business account, page by page; raises TransportError."""
    waba = credentials.config.get("waba_id", "")
    if not waba:
        raise TransportError("WhatsApp needs the WhatsApp Business Account id to list templates", permanent=True)
    found: list[ServiceTemplate] = []
    parameters = {"fields": FIELDS, "limit": str(PAGE)}
    for _ in range(MOST_PAGES):
        body = ask(f"{waba}/message_templates", parameters)
        data = body.get("data")
        if not isinstance(data, list):
            raise TransportError("WhatsApp listed its templates without a list")
        found += [template for node in data if isinstance(node, dict) and (template := _template(node)) is not None]
        after = _after(body.get("paging"))
        if not after:
            return found
        parameters = {**parameters, "after": after}
    raise TransportError(f"WhatsApp's list of templates has more than {MOST_PAGES} pages")


def _after(paging: object) -> str:
    """The cursor of the next page; "" on the last, which has a cursor too but no link to what follows."""
    if not isinstance(paging, dict) or not paging.get("next") or not isinstance(paging.get("cursors"), dict):
        return ""
    return text_of(paging["cursors"].get("after"))


def _template(node: Node) -> ServiceTemplate | None:
    name, language = text_of(node.get("name")), text_of(node.get("language"))
    if not 0 < len(name) <= LONGEST_NAME or not 0 < len(language) <= LONGEST_LANGUAGE:
        return None
    given = node.get("components")
    components = [_storable(each) for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    body: Node = next((each for each in components if text_of(each.get("type")).upper() == "BODY"), {})
    word = text_of(node.get("status"), 60)
    why = line_of(node.get("rejected_reason"), LONGEST_REASON)
    return ServiceTemplate(
        name=name,
        language=language,
        status=STATES.get(word, "disabled"),
        category=text_of(node.get("category"), 30).lower(),
        reason=(why if why != "NONE" else "") or ("" if word in {"APPROVED", "PENDING"} else word),
        body=text_of(body.get("text")),
        components=components,
    )


def _storable(value: Any) -> Any:
    """JSON without what PostgreSQL's jsonb refuses."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_storable(each) for each in value]
    if isinstance(value, dict):
        return {clean(name): _storable(each) for name, each in value.items()}
    return value


def news_of(value: Node) -> TemplateNews | None:
    """What a `message_template_status_update` says; None where nothing changes, or it names no template."""
    event, name = value.get("event"), text_of(value.get("message_template_name"))
    language = text_of(value.get("message_template_language"))
    if not isinstance(event, str) or event not in STATES or event == "FLAGGED":
        return None
    if not 0 < len(name) <= LONGEST_NAME or len(language) > LONGEST_LANGUAGE:
        return None
    why = value.get("reason")
    is_word = isinstance(why, str) and why != "NONE" and re.fullmatch(r"[A-Z_]{1,100}", why)
    return TemplateNews(name=name, language=language, state=STATES[event], reason=str(why) if is_word else "")
