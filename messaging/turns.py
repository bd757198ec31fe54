"""One turn, from the claim to the commit: the claim's messages are put to Claude and its answer into the outbox.

No transaction and no database connection is held while Claude or a tool works.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache, partial

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from messaging import attached, ceiling, frontdesk, pausing, withholding, work
from messaging.answers import answer, apology, offers_in, text_of
from messaging.calling import Caller
from messaging.commands import answering
from messaging.drafts import Draft, drafting
from messaging.leases import held
from messaging.models import Session, Turn
from messaging.offers import kept_file
from messaging.patience import insist
from messaging.phrases import phrase
from messaging.presence import acknowledge, linger, showing
from messaging.recorder import Recorder
from messaging.turn_begin import Plan, Waits, begin
from messaging.turn_end import NOTHING_TO_SAY, Carried, Ending, commit
from messaging.turn_retry import RETRY_MOST_SECONDS, put_off, retry_in, stumble
from messaging.usage import Stopped
from messaging.work import Claim, LeaseLost
from tenants_app import audit
from tenants_app.faults import fault
from tenants_app.models import Tenant
from tenants_app.scope import mend_connections, tenant_scope
from tooling import request
from tooling.claude import ClaudeClient
from tooling.history import close_history
from tooling.loop import Limits, Outcome, run
from tooling.parallel import at_once
from tooling.registry import ToolContext
from tooling.types import ClaudeError, Reply
from tooling.types import Message as ClaudeMessage

logger = logging.getLogger(__name__)

LET_GO = timedelta(seconds=1)  # whatever cut the connection may be about to do so again
PAUSING = ("bad_key", "spend_limit")


@lru_cache(maxsize=4)
def client(api_key: str, base_url: str) -> ClaudeClient:
    """One client a process and key: making one costs as much CPU as twenty calls."""
    return ClaudeClient(api_key, base_url)


def run_turn(claim: Claim) -> Carried:
    """Carry the conversation's turn as far as it goes."""
    with held(claim):
        try:
            plan = insist(lambda _tried: begin(claim), "turn.not_begun", {"conversation": str(claim.conversation_id)})
            if isinstance(plan, Waits):
                return Carried(next_due=plan.until, files=True)
            if plan is None:
                return Carried()
            acknowledge(plan)
            return carry(plan)
        except LeaseLost:
            logger.warning("turn.lease_lost", extra={"conversation": str(claim.conversation_id), "epoch": claim.epoch})
        except (OperationalError, InterfaceError) as error:
            extra = {"conversation": str(claim.conversation_id), "epoch": claim.epoch, "error": type(error).__name__}
            logger.warning("turn.database_lost", extra=extra)
            let_go(claim)
        except Exception as error:  # the edge between any fault in a turn and the turns after it
            logger.exception("turn.failed", extra={"conversation": str(claim.conversation_id), "epoch": claim.epoch})
            stumbled(claim, error)
        return Carried()


def let_go(claim: Claim) -> None:
    """Have the turn taken up from its steps, soon where the database is back already, else when the lease runs out."""
    mend_connections()
    try:
        work.give_back(claim, LET_GO)
    except (OperationalError, InterfaceError):
        logger.warning("turn.lease_kept", extra={"conversation": str(claim.conversation_id), "epoch": claim.epoch})


def stumbled(claim: Claim, error: Exception) -> None:
    try:
        stumble(claim, f"{type(error).__name__} in the product; see its log.")
    except LeaseLost:
        logger.warning("turn.lease_lost", extra={"conversation": str(claim.conversation_id), "epoch": claim.epoch})


def carry(plan: Plan) -> Carried:
    if plan.command is not None:
        return answering.carry_out(plan, plan.command)
    if plan.silence:
        return commit(plan, frontdesk.ending_for(plan))
    if plan.tenant.is_paused:
        hold(plan, plan.tenant.pause_reason or "The owner paused the assistant.")
        return Carried()
    recorder = Recorder(plan)
    try:
        with showing(plan):
            outcome = converse(plan, recorder)
    except ClaudeError as error:
        return recover(plan, recorder, error)
    except Stopped as stopped:
        cheaper = ceiling.go_on_cheaper(plan, recorder, stopped)
        return carry(cheaper) if cheaper is not None else ceiling.stop(plan, recorder, stopped)
    ending = withholding.checked(plan, ending_for(plan, recorder, outcome), offers_in(recorder.steps))
    return commit(plan, ending, recorder)


def converse(plan: Plan, recorder: Recorder) -> Outcome:
    deadline = time.monotonic() + settings.TURN_DEADLINE_SECONDS
    with drafting(plan) as draft:
        return run(
            plan.history,
            plan.steps,
            ask=asker(plan, recorder, deadline, draft),
            call_tool=Caller(plan, recorder, tool_context(plan, deadline)),
            record=recorder,
            limits=Limits(
                max_replies=settings.TURN_MAX_CALLS,
                max_tool_calls=settings.TURN_MAX_TOOL_CALLS,
                max_tokens=settings.TURN_MAX_TOKENS,
                deadline=deadline,
            ),
            clock=time.monotonic,
            repeatable=plan.toolbox.repeatable,
            run_calls=at_once,
        )


def session_in(plan: Plan) -> Session:
    if plan.session is None:
        raise ValueError("a turn that is not put to Claude has nothing to converse about")
    return plan.session


def asker(
    plan: Plan, recorder: Recorder, deadline: float, draft: Draft | None
) -> Callable[[list[ClaudeMessage]], Reply]:
    """Puts messages to Claude, pays for the reply, and shows it as a draft while it comes in."""
    claude = client(settings.ANTHROPIC_API_KEY, settings.ANTHROPIC_BASE_URL)
    session = session_in(plan)

    def ask(messages: list[ClaudeMessage]) -> Reply:
        built = request.build(
            model=session.model,
            max_tokens=settings.CHAT_MAX_TOKENS,
            sections=plan.sections,
            tools=session.tools,
            messages=messages,
        )
        left = max(deadline - time.monotonic(), 1.0)
        whole = attached.expanded(built, plan.tenant.pk)
        typed = draft.begin() if draft is not None else None
        reply = recorder.till.pay(built, lambda: claude.ask(whole, deadline_seconds=left, on_text=typed))
        fault("after_ask")
        return reply

    return ask


def tool_context(plan: Plan, deadline: float) -> ToolContext:
    situation = plan.situation
    return ToolContext(
        tenant_id=str(situation.tenant.pk),
        conversation_id=str(situation.conversation.pk),
        contact_id=str(situation.contact.pk),
        role=situation.role,
        timezone=situation.tenant.timezone,
        language=plan.language,
        now=situation.now,
        turn_id=str(plan.turn.pk),
        deadline=deadline,
        keep_file=partial(kept_file, plan.tenant.pk, plan.turn.pk),
    )


STAND_INS = {"refused": "refused", "context_full": "too_long"}


def ending_for(plan: Plan, recorder: Recorder, outcome: Outcome) -> Ending:
    text = outcome.text.replace("\0", "")  # which PostgreSQL's text cannot hold
    status, reason = Turn.Status.ANSWERED, str("" if outcome.stop == "done" else outcome.stop)
    parts = answer(plan, text, offers_in(recorder.steps))
    if not parts and outcome.stop == "done":
        status, reason = Turn.Status.SILENT, NOTHING_TO_SAY
    elif not text and outcome.stop != "done":
        status, text = Turn.Status.APOLOGISED, phrase(STAND_INS.get(outcome.stop, "unfinished"), plan.language)
        parts = apology(plan, text, recorder.steps)
    return Ending(
        status=status,
        reason=reason,
        text=text_of(parts) if plan.is_task and status == Turn.Status.APOLOGISED else text or text_of(parts),
        parts=parts,
        close_session=outcome.stop if outcome.close_session else "",
        steps=close_history(recorder.steps, told=text),
    )


def recover(plan: Plan, recorder: Recorder, error: ClaudeError) -> Carried:
    """What becomes of a turn that Claude did not answer: tried again, held for the operator, or a plain apology."""
    extra = {"turn": str(plan.turn.pk), "kind": error.kind, "status": error.status, "request_id": error.request_id}
    logger.warning("turn.claude_failed", extra=extra)
    if error.kind in PAUSING:
        with tenant_scope(plan.tenant):
            pausing.pause(plan.tenant, REASONS[error.kind])
        hold(plan, str(error))
        return Carried()
    now = timezone.now()
    since = plan.turn.retry_since or now
    if not error.permanent and now - since < timedelta(seconds=settings.TURN_GIVE_UP_SECONDS):
        wait = retry_in(plan.turn.attempts, error.retry_after)
        put_off(plan, now + timedelta(seconds=wait), str(error))
        linger(plan, min(wait, RETRY_MOST_SECONDS))
        return Carried()
    with tenant_scope(plan.tenant):
        audit.alert(plan.tenant, "turn.unanswered", f"A message could not be answered: {error}")
    text = phrase("apology", plan.language)
    parts = apology(plan, text, recorder.steps)
    ending = Ending(
        status=Turn.Status.APOLOGISED,
        reason=str(error),
        text=text_of(parts) if plan.is_task else text,
        parts=parts,
        steps=close_history(recorder.steps, told=text),
    )
    return commit(plan, ending, recorder)


REASONS = {
    "bad_key": "Anthropic refuses the API key. Set a valid ANTHROPIC_API_KEY, restart, then resume the tenant.",
    "spend_limit": "Anthropic's spend limit or credit is used up. Raise it in its console, then resume the tenant.",
}


def hold(plan: Plan, error: str) -> None:
    """Keep the turn for when the tenant is resumed, and tell the person once."""
    by_owner = plan.situation.role == "owner" and plan.tenant.status == Tenant.Status.ACTIVE
    text = phrase("command_paused_owner" if by_owner and plan.tenant.is_paused else "later", plan.language)
    put_off(plan, None, error, notice=[] if plan.is_task else answer(plan, text), text=text)
