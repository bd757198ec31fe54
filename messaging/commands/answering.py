"""Answering a command: by code, in a turn of its own, at once with what it does or not at all."""

from __future__ import annotations

from functools import partial

from django.utils import timezone

from messaging import work
from messaging.answers import answer, text_of
from messaging.channels import get_channel
from messaging.commands.reading import Said
from messaging.commands.registry import Answer, Asked
from messaging.kinds import COMMAND, COMMAND_ANSWER
from messaging.models import Conversation, Message, Turn, Work
from messaging.pairing import without_code
from messaging.patience import insist
from messaging.phrases import phrase
from messaging.turn_begin import Plan
from messaging.turn_end import Carried, Ending, Manner, commit, say
from tenants_app.faults import fault
from tenants_app.scope import tenant_scope

SAID_AS = ("text", "button", "interactive")  # kinds of messages that may be a command; a pairing code stays one


def carry_out(plan: Plan, said: Said) -> Carried:
    """Raises LeaseLost, and then nothing has changed."""
    with tenant_scope(plan.tenant):
        answered = answer_to(plan, said)
    name = said.command.name if said.command else "unknown"
    parts = answer(plan, answered.text) if answered.text else ()
    ending = Ending(
        status=Turn.Status.ANSWERED if answered.text else Turn.Status.SILENT,
        reason=f"Command: {name}",
        text=without_code(text_of(parts)),  # as it is shown: values in it stand escaped in the Markdown
        parts=parts,
        manner=Manner(kind=COMMAND_ANSWER),
        write=partial(write, plan, answered),
    )
    return commit_beside(plan, ending) if plan.beside else commit(plan, ending)


def write(plan: Plan, answered: Answer) -> None:
    """Messages before the tenant's row, which the command may lock: forgetting locks them in that order."""
    said = Message.objects.filter(pk__in=[message.pk for message in plan.messages])
    said.filter(kind__in=SAID_AS).update(kind=COMMAND)
    if answered.write is not None:
        answered.write()


def answer_to(plan: Plan, said: Said) -> Answer:
    situation, command = plan.situation, said.command
    conversation, contact = situation.conversation, situation.contact
    language = contact.language or said.language or situation.tenant.language
    unknown = command is None or (conversation.is_group and situation.role not in command.roles)
    if command is None or command.answer is None or unknown:
        has_menu = get_channel(conversation.account.kind).capabilities.command_menu
        example = "/help" if has_menu or not language.startswith("es") else "/ayuda"
        return Answer(text=phrase("command_unknown", language, help=example))
    if command.private and conversation.is_group:
        return Answer(text=phrase("command_private", language))
    asked = Asked(
        tenant=situation.tenant,
        conversation=conversation,
        contact=contact,
        role=situation.role,
        message=plan.newest,
        turn=plan.turn,
        language=language,
        words=said.words,
        now=situation.now,
    )
    return command.answer(asked)


def commit_beside(plan: Plan, ending: Ending) -> Carried:
    """End a turn that was not opened, as another is: that one waits for the tenant to be resumed."""
    fault("before_commit")
    extra: dict[str, object] = {"turn": str(plan.turn.pk)}
    carried = insist(lambda tried: write_beside(plan, ending, tried), "turn.uncommitted", extra)
    fault("after_commit")
    return carried


def write_beside(plan: Plan, ending: Ending, tried: int) -> Carried:
    now, claim = timezone.now(), plan.claim
    with tenant_scope(claim.tenant_id, first=work.locked(claim.conversation_id)):
        if tried > 1 and Turn.objects.filter(pk=plan.turn.pk).exists():
            send = work.claimed_here(claim.conversation_id, Work.Kind.SEND)
            return Carried(next_due=work.due_of(claim), send=send)
        if ending.write is not None:
            ending.write()
        work.release(claim, now, busy=False, hinted=True)  # then the turn that was put aside is looked at again
        conversation = Conversation.objects.select_related("account").get(pk=claim.conversation_id)
        conversation.last_turn += 1
        conversation.save(update_fields=["last_turn"])
        turn = plan.turn
        turn.number, turn.status, turn.reason, turn.committed_at = (
            conversation.last_turn,
            ending.status,
            ending.reason,
            now,
        )
        turn.save(force_insert=True)
        Message.objects.filter(pk__in=[message.pk for message in plan.messages]).update(turn=turn)
        say(conversation, turn, ending.text, ending.parts, now, ending.manner)
        fault("in_commit")
    return Carried(next_due=now)
