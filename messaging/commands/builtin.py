"""What messaging itself can be told to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.utils import timezone

from memory.tags import one_name
from messaging import confirmations, pairing, pausing, sessions
from messaging.channels import get_channel
from messaging.channels.base import AccountFacts
from messaging.commands.registry import NOBODY, OWNER, TEAM, Answer, Asked, command, commands
from messaging.consent import START, STOP, changed_by, opt_in, opt_out, wish_in
from messaging.models import ChannelAccount, Conversation, Feedback, PairingCode
from messaging.phrases import phrase
from tenants_app import audit, ceilings
from tenants_app.models import Consent, Contact, OperatorAlert, Period, Tenant

NO_WORDS: dict[str, tuple[str, ...]] = {"en": (), "es": ()}


@command(
    "help",
    about={"en": "What I can do and the commands there are", "es": "Qué puedo hacer y qué órdenes hay"},
    words={"en": ("help",), "es": ("ayuda",)},
)
def show_help(asked: Asked) -> Answer:
    has_menu = get_channel(asked.conversation.account.kind).capabilities.command_menu
    spoken = asked.language.partition("-")[0].lower()
    lines = [
        f"- /{each.name if has_menu else each.word(spoken)}: {each.about.get(spoken, each.about['en'])}"
        for each in commands()
        if each.menu and asked.role in each.roles
    ]
    key = "command_help_customer" if asked.role == "customer" else "command_help"
    text = phrase(key, asked.language, business=asked.tenant.name, commands="\n".join(lines))
    return Answer(text=text if has_menu else f"{text}\n\n{phrase('command_help_words', asked.language)}")


@command(
    "new",
    about={"en": "Begin anew, without what was said so far", "es": "Empezar de nuevo, sin lo dicho hasta ahora"},
    words={"en": ("new",), "es": ("nuevo",)},
    alone=TEAM,
)
def begin_anew(asked: Asked) -> Answer:
    text = phrase("command_new", asked.language)
    return Answer(text=text, write=partial(forget_all, asked.conversation))


def forget_all(conversation: Conversation) -> None:
    sessions.forget(conversation)
    confirmations.void_in(conversation)


@command(
    "status",
    about={"en": "How the assistant is doing", "es": "Cómo va el asistente"},
    words={"en": ("status",), "es": ("estado",)},
    roles=TEAM,
)
def show_status(asked: Asked) -> Answer:
    tenant = Tenant.objects.get(pk=asked.tenant.pk)
    lines = [
        phrase(
            "command_status_refused" if account.status == ChannelAccount.Status.REFUSED else "command_status_working",
            asked.language,
            account=f"{get_channel(account.kind).label} {account.address or account.external_id}",
        )
        for account in ChannelAccount.objects.filter(tenant=tenant).order_by("kind", "address")
    ]
    lines.append(phrase(pause_key(tenant), asked.language, since=since(tenant)))
    if asked.role == "owner" and not asked.conversation.is_group:  # what it costs is nobody else's business
        today = next(each for each in ceilings.standings(tenant, asked.now) if each.period == Period.DAY)
        spent, limit = f"{today.spent:.2f}", f"{today.limit:.2f}"
        lines.append(phrase("command_status_spent", asked.language, spent=spent, limit=limit))
    alerts = OperatorAlert.objects.filter(tenant=tenant, resolved_at=None).count()
    lines.append(phrase("command_status_alerts", asked.language, count=str(alerts)))
    return Answer(text="\n".join(f"- {line}" for line in lines))


def pause_key(tenant: Tenant) -> str:
    if tenant.status == Tenant.Status.PAUSED:
        return "command_status_paused_by_operator"
    return "command_status_paused" if tenant.owner_paused_at is not None else "command_status_active"


def since(tenant: Tenant) -> str:
    at = tenant.paused_at if tenant.status == Tenant.Status.PAUSED else tenant.owner_paused_at
    return f"{at.astimezone(tenant.zone):%Y-%m-%d %H:%M}" if at is not None else ""


@command(
    "pause",
    about={"en": "Answer nobody for now", "es": "No contestar a nadie por ahora"},
    words={"en": ("pause",), "es": ("pausa", "pausar")},
    roles=OWNER,
)
def pause(asked: Asked) -> Answer:
    paused = Tenant.objects.get(pk=asked.tenant.pk).owner_paused_at is not None
    text = phrase("command_paused_already" if paused else "command_paused", asked.language)
    return Answer(text=text, write=partial(pausing.pause_by_owner, asked.tenant, f"contact:{asked.contact.pk}"))


@command(
    "resume",
    about={"en": "Go on after a pause", "es": "Seguir después de una pausa"},
    words={"en": ("resume",), "es": ("reanudar",)},
    roles=OWNER,
)
def resume(asked: Asked) -> Answer:
    tenant = Tenant.objects.get(pk=asked.tenant.pk)
    if tenant.status == Tenant.Status.PAUSED:
        key = "command_resumed_not_yet"
    else:
        key = "command_resumed" if tenant.owner_paused_at is not None else "command_not_paused"
    text = phrase(key, asked.language)
    return Answer(text=text, write=partial(pausing.resume_by_owner, asked.tenant, f"contact:{asked.contact.pk}"))


@command(
    "feedback",
    about={"en": "Say what you think of the assistant", "es": "Decir qué te parece el asistente"},
    words={"en": ("feedback",), "es": ("opinion", "comentario", "comentarios")},
    alone=TEAM,
    takes="words",
)
def take_feedback(asked: Asked) -> Answer:
    if not asked.words:
        has_menu = get_channel(asked.conversation.account.kind).capabilities.command_menu
        example = "/feedback" if has_menu or not asked.language.startswith("es") else "/opinion"
        return Answer(text=phrase("command_feedback_empty", asked.language, example=example))
    text = phrase("command_feedback", asked.language)
    return Answer(text=text, write=partial(keep_feedback, asked))


def keep_feedback(asked: Asked) -> None:
    Feedback.objects.create(
        tenant=asked.tenant,
        conversation=asked.conversation,
        contact=asked.contact,
        turn=asked.turn,
        text=asked.words,
    )


@command(
    "invite",
    about={"en": "A link for one of your staff", "es": "Un enlace para alguien de tu equipo"},
    words={"en": ("invite",), "es": ("invitar", "invita")},
    roles=OWNER,
    takes="name",
    private=True,
)
def invite(asked: Asked) -> Answer:
    """The link makes whoever opens it first one of the staff. In what was said it stands without the code."""
    account, name, code = asked.conversation.account, one_name(asked.words), pairing.fresh_code()
    facts = AccountFacts(external_id=account.external_id, display_name=account.name, address=account.address)
    text = phrase(
        "command_invite_named" if name else "command_invite",
        asked.language,
        name=name,
        business=asked.tenant.name,
        link=get_channel(account.kind).pairing_link(facts, code),
        minutes=str(int(pairing.LIFE.total_seconds() // 60)),
    )
    return Answer(text=text, write=partial(keep_invitation, asked, name, code))


def keep_invitation(asked: Asked, name: str, code: str) -> None:
    """For the contact of an earlier invitation that ran out, else for a new one."""
    still_good = PairingCode.objects.filter(used_at=None, expires_at__gt=timezone.now()).values("contact")
    invited = Contact.objects.filter(tenant=asked.tenant, role=Contact.Role.STAFF, name=name, addresses=None)
    contact = invited.exclude(pk__in=still_good).order_by("created_at").first()
    if contact is None:
        contact = Contact.objects.create(tenant=asked.tenant, role=Contact.Role.STAFF, name=name)
    pairing.keep_code(asked.tenant, contact, code)
    audit.record(asked.tenant, f"contact:{asked.contact.pk}", "contact.invited", subject=str(contact.pk))


@command(
    "stop",
    about={"en": "No more messages that you did not ask for", "es": "No más mensajes que no hayas pedido"},
    words=STOP,
    private=True,
)
def confirm_stop(asked: Asked) -> Answer:
    """It was done when the message was stored, unless more than the word stood in it."""
    text = phrase("opted_out_team" if asked.contact.is_trusted else "opted_out", asked.language)
    return Answer(text=text, write=partial(heed_late, opt_out, asked) if wish_in(asked.message) is None else None)


def heed_late(change: Callable[[Contact, str, str, datetime, str], bool], asked: Asked) -> None:
    said = asked.message
    change(asked.contact, asked.conversation.account.kind, Consent.Source.MESSAGE, said.sent_at, said.text)


@command(
    "start",
    about={"en": "Get messages again", "es": "Volver a recibir mensajes"},
    words=START,
    alone=NOBODY,  # it is a common word: alone it counts only where it ends a STOP
    private=True,
    menu=False,
)
def confirm_start(asked: Asked) -> Answer:
    """Also what Telegram sends when somebody opens the bot for the first time."""
    if changed_by(asked.message, given=True):
        return Answer(text=phrase("opted_in", asked.language))
    if Contact.objects.filter(pk=asked.contact.pk, opted_out_at__lte=asked.message.sent_at).exists():
        return Answer(text=phrase("opted_in", asked.language), write=partial(heed_late, opt_in, asked))
    return Answer(text=phrase("command_start", asked.language, business=asked.tenant.name))


@command(
    pairing.PAIRED,
    about={"en": "Linked by a code", "es": "Vinculado con un código"},
    words=NO_WORDS,
    roles=NOBODY,
    menu=False,
)
def welcome(asked: Asked) -> Answer:
    key = "paired_owner" if asked.role == "owner" else "paired_staff"
    return Answer(text=phrase(key, asked.language, business=asked.tenant.name))


@command(
    pairing.REFUSED,
    about={"en": "A code that links nobody", "es": "Un código que no vincula a nadie"},
    words=NO_WORDS,
    roles=NOBODY,
    menu=False,
)
def refuse_code(asked: Asked) -> Answer:
    """Alike for whatever reason: who guesses codes learns nothing."""
    return Answer(text=phrase("pairing_refused", asked.language))
