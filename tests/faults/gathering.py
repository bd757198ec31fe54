"""Turns what the witnesses wrote down into evidence: the doubles' journals, the driver's own, and what is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from simulators.anthropic.prompt import Prompt
from tests.faults import cast, tokens
from tests.faults.database import Database
from tests.faults.evidence import Asked, Doubt, Failed, Reported, Send, Shown, ShownDelivery

SPOILT = {"cut", "half_answer", "sse_error", "drop"}  # the caller of a call with such a fault got no whole answer
TENANT_OF_NUMBER = {cast.phone_number_id(number): number for number in cast.TENANTS}
TENANT_OF_BOT = {cast.bot_id(number): number for number in cast.TENANTS}
Call = Mapping[str, Any]

DELIVERIES = """
    SELECT d.id::text, right(t.slug, 1)::int, a.kind, right(c.chat_id, 6)::int, d.payload::text, d.status,
           d.external_id, d.error_code, EXISTS (SELECT FROM faults_doubt f WHERE f.delivery_id = d.id)
    FROM messaging_delivery d
    JOIN tenants_app_tenant t ON t.id = d.tenant_id
    JOIN messaging_conversation c ON c.tenant_id = d.tenant_id AND c.id = d.conversation_id
    JOIN messaging_channelaccount a ON a.tenant_id = c.tenant_id AND a.id = c.account_id
    WHERE d.created_at >= to_timestamp(%s)
"""
LETTERS = """
    SELECT raw FROM messaging_deadletter WHERE stored_at >= to_timestamp(%(since)s)
    UNION ALL SELECT raw FROM messaging_unroutedwebhook WHERE stored_at >= to_timestamp(%(since)s)
"""


def whole(calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The calls; raises RuntimeError where a double kept too little of one to judge by it."""
    if any("not kept" in (call["note"] or "") for call in calls):
        raise RuntimeError("A double's journal overflowed. Run more histories of fewer messages.")
    return calls


def asked(calls: Iterable[Call]) -> list[Asked]:
    return [_asked(call) for call in calls if call["path"] == "/v1/messages" and isinstance(call["body"], dict)]


def _asked(call: Call) -> Asked:
    body = call["body"]
    prompt = Prompt(body, "")
    return Asked(
        at=call["at"],
        tokens=tokens.find(prompt.last_user),
        has_picture=any(block.get("type") == "image" for _, blocks in prompt.turns for block in blocks),
        everywhere=tuple(dict.fromkeys(tokens.find(str(body)))),
        answered=call["status"] == 200 and call["fault"] not in SPOILT,
    )


def sends(whatsapp: Iterable[Call], telegram: Iterable[Call], reported: Iterable[Reported]) -> list[Send]:
    """By time. Of each delivery, the ids that WhatsApp reported go to its sends in turn."""
    ids: defaultdict[str, list[str]] = defaultdict(list)
    for row in sorted(reported, key=lambda row: row.at):
        if row.external_id not in ids[row.delivery_id]:
            ids[row.delivery_id].append(row.external_id)
    found = [_whatsapp(call, ids) for call in whatsapp if _is_text(call)]
    found += [_telegram(call) for call in telegram if call["path"].endswith("/sendMessage") and call["body"]]
    return sorted(found, key=lambda send: send.at)


def _is_text(call: Call) -> bool:
    body = call["body"]
    return call["path"].endswith("/messages") and isinstance(body, dict) and body.get("type") == "text"


def _outcome(call: Call) -> str:
    if call["status"] != 200:
        return "refused"
    return "lost_answer" if call["fault"] == "lost_answer" else "taken"


def _whatsapp(call: Call, ids: Mapping[str, list[str]]) -> Send:
    body, outcome = call["body"], _outcome(call)
    delivery_id = str(body.get("biz_opaque_callback_data", ""))
    known = ids.get(delivery_id, [])
    external_id = known.pop(0) if known and outcome != "refused" else ""
    tenant = TENANT_OF_NUMBER[call["path"].split("/")[-2]]
    text = str(body["text"]["body"])
    return _send(call, "whatsapp", tenant, str(body["to"]), delivery_id, external_id, outcome, text)


def _telegram(call: Call) -> Send:
    tenant = TENANT_OF_BOT[call["path"].split("/")[-2].removeprefix("bot").partition(":")[0]]
    body = call["body"]
    return _send(call, "telegram", tenant, str(body["chat_id"]), "", "", _outcome(call), str(body["text"]))


def _send(
    call: Call, channel: str, tenant: int, to: str, delivery_id: str, external_id: str, outcome: str, text: str
) -> Send:
    return Send(
        at=call["at"],
        channel=channel,
        tenant=tenant,
        chat=cast.chat_of(to),
        tokens=tokens.find(text),
        delivery_id=delivery_id,
        external_id=external_id,
        outcome=outcome,
        text=text,
    )


def shown(database: Database, since: float) -> Shown:
    """What the product shows of what was made since."""
    doubts, failed, deliveries = [], [], {}
    for row in database.ask(DELIVERIES, [since]):
        delivery_id, tenant, channel, chat, payload, status, external_id, code, doubted = row
        of = {"delivery_id": delivery_id, "tenant": tenant, "channel": channel, "chat": chat}
        found = tuple(dict.fromkeys(tokens.find(payload)))
        deliveries[delivery_id] = ShownDelivery(external_id=external_id, status=status)
        if doubted or status == "in_doubt":
            doubts.append(Doubt(**of, tokens=found, open=status == "in_doubt"))
        if status == "failed":
            failed.append(Failed(**of, tokens=found, code=code))
    letters = [bytes(row[0]).decode("utf-8", "replace") for row in database.ask(LETTERS, {"since": since})]
    open_turns, due_work = database.left()
    return Shown(
        doubts=tuple(doubts),
        failed=tuple(failed),
        deliveries=deliveries,
        dead_letters=tuple(letters),
        open_turns=open_turns,
        due_work=due_work,
    )
