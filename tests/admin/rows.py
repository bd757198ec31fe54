"""Rows of every kind that the admin shows, made straight: many of them, where a test counts queries."""

from __future__ import annotations

import itertools
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from django.utils import timezone

from memory import authors, documents
from memory.facts import Proposal, remember
from memory.models import Fact, Framework, ImportedChat, ImportedMessage
from messaging import work
from messaging.models import (
    ChannelAccount,
    Confirmation,
    Conversation,
    DeadLetter,
    Delivery,
    DeliveryStatus,
    Feedback,
    Message,
    Session,
    Turn,
    TurnStep,
    UnroutedWebhook,
)
from scheduling.changes import place
from scheduling.models import Occurrence, Task
from tenants_app import audit
from tenants_app.ids import new_id
from tenants_app.models import Consent, Contact, ContactAddress, Spending, Tenant, UsageRow
from tenants_app.scope import tenant_scope
from tenants_app.vault import put_secret
from tests.tenant_tools import install
from tooling import credentials, executions
from tooling.credentials import Facts
from tooling.models import CustomTool, Execution
from tooling.types import Ran, RunOutcome

TOKEN = "EAAG-very-secret-token"
REQUEST = "req_0123"
SCRIPT = "<script>alert('owned')</script>"
serial = itertools.count(1)
USAGE = {
    "input_tokens": 200,
    "output_tokens": 50,
    "cache_read_tokens": 3000,
    "cache_write_5m_tokens": 0,
    "cache_write_1h_tokens": 0,
}
STEPS: list[dict[str, Any]] = [
    {"kind": "user", "message": {"role": "user", "content": [{"type": "text", "text": f"What time is it? {SCRIPT}"}]}},
    {
        "kind": "assistant",
        "content": [
            {"type": "text", "text": "Let me look."},
            {"type": "tool_use", "id": "t1", "name": "current_time", "input": {"timezone": f"Europe/{SCRIPT}"}},
        ],
        "stop_reason": "tool_use",
        "stop_details": None,
        "usage": USAGE,
        "model": "claude-sonnet-5-5",
        "request_id": REQUEST,
        "unreadable": [],
    },
    {"kind": "tool_started", "tool_use_id": "t1", "name": "current_time", "arguments": {"timezone": "Europe/Madrid"}},
    {"kind": "tool_result", "tool_use_id": "t1", "content": f"17:02 {SCRIPT} \ud800", "is_error": True},
    {"kind": "from_the_future", "anything": SCRIPT},
]


def account_of(tenant: Tenant, **fields: Any) -> ChannelAccount:
    number = next(serial)
    with tenant_scope(tenant):
        token = put_secret(tenant, f"channel:{number}:token", TOKEN)
        values = {"kind": "telegram", "external_id": f"bot{number}", "address": f"bot_{number}", "token": token}
        return ChannelAccount.objects.create(tenant=tenant, **{**values, **fields})


def conversation_of(account: ChannelAccount, name: str = "Alice") -> Conversation:
    tenant = account.tenant
    contact = Contact.objects.create(tenant=tenant, role=Contact.Role.OWNER, name=name)
    number = str(next(serial))
    ContactAddress.objects.create(tenant=tenant, contact=contact, kind=account.kind, address=number)
    conversation = Conversation.objects.create(
        tenant=tenant, account=account, contact=contact, chat_id=number, last_inbound_at=timezone.now()
    )
    work.ensure_rows(tenant.pk, conversation.pk)
    return conversation


def message_in(conversation: Conversation, turn: Turn | None, text: str, **fields: Any) -> Message:
    conversation.last_seq += 1
    conversation.save(update_fields=["last_seq"])
    values: dict[str, Any] = {"direction": "in", "contact": conversation.contact, "sent_at": timezone.now()}
    return Message.objects.create(
        tenant=conversation.tenant,
        conversation=conversation,
        account=conversation.account,
        turn=turn,
        seq=conversation.last_seq,
        text=text,
        **{**values, **fields},
    )


def deliver(message: Message, text: str, **fields: Any) -> Delivery:
    values: dict[str, Any] = {"status": Delivery.Status.SENT, "external_id": f"wamid.{next(serial)}"}
    return Delivery.objects.create(
        tenant=message.tenant,
        conversation=message.conversation,
        message=message,
        seq=message.seq * 1000,
        payload={"text": text, "plain": text},
        **{**values, **fields},
    )


def turn_of(conversation: Conversation, text: str = "Hello?", answer: str = "Yes?", **delivery: Any) -> Turn:
    """A whole turn: a message, steps, usage, an answer and its delivery."""
    tenant = conversation.tenant
    conversation.last_turn += 1
    conversation.save(update_fields=["last_turn"])
    session = Session.objects.filter(conversation=conversation).first() or Session.objects.create(
        tenant=tenant,
        conversation=conversation,
        number=1,
        role="owner",
        model="claude-sonnet-5-5",
        system=[["framework", f"Be brief. {SCRIPT}"]],
        tools=[{"name": "current_time", "description": SCRIPT}],
    )
    turn = Turn.objects.create(
        tenant=tenant,
        conversation=conversation,
        session=session,
        number=conversation.last_turn,
        status=Turn.Status.ANSWERED,
        began_at=timezone.now(),
        committed_at=timezone.now(),
    )
    for number, step in enumerate(STEPS):
        TurnStep.objects.create(tenant=tenant, turn=turn, number=number, kind=step["kind"], content=step)
    UsageRow.objects.create(
        tenant=tenant,
        purpose="chat",
        model="claude-sonnet-5-5",
        reference=turn.pk,
        request_id=REQUEST,
        price_id=new_id(),
        dollars=Decimal("0.01230000"),
        **USAGE,
    )
    message_in(conversation, turn, text)
    row = deliver(message_in(conversation, turn, answer, direction="out", contact=None), answer, **delivery)
    DeliveryStatus.objects.create(
        tenant=tenant, delivery=row, external_id=row.external_id, state="sent", at=timezone.now()
    )
    return turn


def remembered_by(tenant: Tenant, subject: str) -> Fact:
    """One of everything in a tenant's memory, with markup where people and models write."""
    author = authors.operator("olivia")
    text = f"# Prices {SCRIPT}\n\nA cut costs 25.\n\n[here](javascript:alert(1)) ![p](https://example.com/p.png)"
    with tenant_scope(tenant):
        documents.make_folders(tenant)
        path = f"knowledge/prices {next(serial)}.md"
        documents.write(tenant, path, text, author=author, reason=f"Asked {SCRIPT}", base=None)
        proposal = Proposal(subject=subject, predicate="budget", value=f"450,000 {SCRIPT}")
        fact = remember(tenant, proposal, author)
    now = timezone.now()
    chat = ImportedChat.objects.create(tenant=tenant, name=f"Nora {next(serial)}", last_seq=1, imported_at=now)
    ImportedMessage.objects.create(
        tenant=tenant, chat=chat, external_id="1", seq=1, speaker="Nora", text=f"Hello {SCRIPT}", at=now
    )
    Framework.objects.get_or_create(tenant=tenant, version=1, defaults={"applied_at": now, "applied_by": "system"})
    return fact


def task_of(conversation: Conversation, **fields: Any) -> Task:
    """A reminder for the conversation's person, each day at nine, with markup where people write."""
    tenant = conversation.tenant
    values: dict[str, Any] = {
        "title": f"Call Maria {SCRIPT}",
        "instruction": f"call Maria {SCRIPT}",
        "phrase": "every day at 9",
        "rule": "cron 0 9 * * *",
        "contact": conversation.contact,
        "conversation": conversation,
        "created_by": "operator:olivia",
        **fields,
    }
    task = Task(tenant=tenant, **values)
    if task.state == Task.State.ACTIVE:
        place(task, timezone.now())
    task.save(force_insert=True)
    return task


def occurred(task: Task, at: datetime, **fields: Any) -> Occurrence:
    values = {"state": "done", "began_at": at, "ended_at": at, **fields}
    return Occurrence.objects.create(tenant=task.tenant, task=task, scheduled_for=at, **values)


def turn_end(turn: Turn) -> Message:
    """What was said in it last."""
    return Message.objects.filter(turn=turn).order_by("-seq")[0]


def tool_of(tenant: Tenant, name: str = "", **fields: Any) -> CustomTool:
    """A live tool with a credential and a failed run, with markup where people and scripts write."""
    name = name or f"lookup_{next(serial)}"
    with tenant_scope(tenant):
        facts = Facts(check_url="https://api.example.com/me")
        credentials.save(tenant, name, facts, TOKEN, actor="operator:olivia")
    declared = {"hosts": ["api.example.com"], "credentials": [{"name": name, "host": "api.example.com"}]}
    source = f'print("{SCRIPT}")\nreturn 1'
    tool = install(tenant, source, name, **{"description": f"Looks up {SCRIPT}", **declared, **fields})
    ran(tenant, name, "error", error=f"ValueError: {SCRIPT}", version_id=tool.live_id, number=1)
    return tool


def ran(tenant: Tenant, name: str, outcome: str = "ok", *, error: str = "", ms: int = 40, **where: Any) -> None:
    """A call by Claude that asked one thing of the network."""
    request = {"method": "GET", "host": "api.example.com", "port": 443, "path": f"/{SCRIPT}", "status": 500, "ms": 12}
    requests = [{**request, "bytes_in": 10, "bytes_out": 10, "credential": True, "refused": ""}]
    result = Ran(outcome=cast("RunOutcome", outcome), error=error, ms=ms, requests=requests)
    with tenant_scope(tenant):
        executions.record(tenant.pk, kind=Execution.Kind.TOOL, name=name, ran=result, **where)


def asked_of(turn: Turn) -> Confirmation:
    """A call that an owner allowed, with markup in its arguments."""
    conversation = turn.conversation
    return Confirmation.objects.create(
        tenant=turn.tenant,
        conversation=conversation,
        contact=conversation.contact,
        turn=turn,
        call_id=f"t{next(serial)}",
        tool="send_message",
        arguments={"to": "Nora", "text": f"{SCRIPT}\u202egnp"},
        digest="0" * 64,
        why="outside",
        token=f"{next(serial):032x}",
        asked_in=conversation,
        state=Confirmation.State.USED,
        expires_at=timezone.now(),
        decided_at=timezone.now(),
        decided_by=conversation.contact,
        used_in=turn,
    )


def furnish(tenant: Tenant) -> Turn:
    """One of everything that belongs to a tenant."""
    conversation = conversation_of(account_of(tenant))
    turn = turn_of(conversation)
    audit.alert(tenant, f"trouble.{next(serial)}", "Something needs you.")
    audit.record(tenant, "system", "test.happened")
    audit.record_installation("test.happened", "system")
    Spending.objects.get_or_create(tenant=tenant, period="day", starts_on=timezone.now().date())
    DeadLetter.objects.create(
        tenant=tenant, account=conversation.account, reason="Nothing acts on it.", raw=b'{"a":{"b":"\\u00f1"}}'
    )
    Feedback.objects.create(
        tenant=tenant, conversation=conversation, contact=conversation.contact, turn=turn, text="It is quick."
    )
    Consent.objects.create(
        tenant=tenant,
        contact=conversation.contact,
        kind="whatsapp",
        category="proactive",
        given=False,
        source=Consent.Source.MESSAGE,
        words="STOP",
        at=timezone.now(),
    )
    remembered_by(tenant, f"Nora {next(serial)}")
    occurred(task_of(conversation), timezone.now(), state="done", output=f"Call Maria {SCRIPT}", message=turn_end(turn))
    tool_of(tenant)
    asked_of(turn)
    UnroutedWebhook.objects.create(kind="telegram", target=new_id(), reason="The body is not JSON.", raw=b"\x00\xff<b>")
    return turn
