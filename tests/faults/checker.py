"""Judges a run by its witnesses: what was acknowledged against what the doubles saw, not the product's own word.

`check(evidence)` looks at each event a fixed number of times. It knows the promises only, and nothing of the product.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar

from tests.faults.evidence import Doubt, Evidence, Failed, Posted, Reported, Send
from tests.faults.tokens import find, parse

QUIET_SECONDS = 60.0  # after the faults have stopped
EXPLAINED_SECONDS = 30.0  # after a fault: a process needs so long to be started again, and clients to find it
UNANSWERED_SECONDS = 60.0  # a request without an answer may have been cut so long after it began
LONG_FAULT_SECONDS = 300.0  # of trying before a person is told that there is no answer
GREETINGS = ("I'm the AI assistant of", "Soy el asistente de inteligencia artificial de")
STATES = {"sent": 1, "delivered": 2, "read": 3}  # how far a delivery got; any other state is before them


@dataclass(frozen=True)
class Violation:
    """`what` is a sentence; `where` are the tokens and ids by which to find its events."""

    rule: str
    what: str
    where: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.rule}: {self.what}"


Found = Iterator[tuple[str, tuple[str, ...]]]
Row = TypeVar("Row", Send, Doubt, Failed)


def check(evidence: Evidence) -> list[Violation]:
    """Every violation, by rule in the order of RULES."""
    index = Index(evidence)
    return [Violation(name, what, where) for name, rule in RULES.items() for what, where in rule(index)]


class Index:
    """The evidence by token, delivery and time."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.carried_out = sorted((send for send in evidence.sends if send.carried_out), key=lambda send: send.at)
        self.sends_of = by_token(self.carried_out)
        self.doubts_of = by_token(evidence.shown.doubts)
        self.failed_of = by_token(evidence.shown.failed)
        self.doubts = {doubt.delivery_id: doubt for doubt in evidence.shown.doubts}
        self.posted_at: dict[str, float] = {}
        self.acknowledged_at: dict[str, float] = {}
        for posted in evidence.posted:
            for token in posted.tokens if posted.kind == "message" else ():
                earliest(self.posted_at, token, posted.at)
                if posted.acknowledged and posted.answered_at is not None:
                    earliest(self.acknowledged_at, token, posted.answered_at)

    def open_doubts(self, token: str) -> list[Doubt]:
        return [doubt for doubt in self.doubts_of.get(token, ()) if doubt.open]

    def was_doubted(self, send: Send) -> bool:
        """Whether the product ever said of the send's delivery that its outcome was unknown."""
        if send.delivery_id:
            return send.delivery_id in self.doubts
        return any(same_place(send, doubt) for token in send.tokens for doubt in self.doubts_of.get(token, ()))


def by_token(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        for token in dict.fromkeys(row.tokens):
            found[token].append(row)
    return dict(found)


def earliest(times: dict[str, float], name: str, at: float) -> None:
    times[name] = min(at, times.get(name, at))


def same_place(one: Send | Doubt | Failed, other: Send | Doubt | Failed) -> bool:
    return (one.tenant, one.channel, one.chat) == (other.tenant, other.channel, other.chat)


# --- Each message is answered once, in order -------------------------------------------------------------------------


def lost(index: Index) -> Found:
    """An acknowledged message is in a reply that was sent, or in one that is shown as in doubt or as refused."""
    refused_in = {(send.tenant, send.channel, send.chat) for send in index.evidence.sends if not send.carried_out}
    for token, at in index.acknowledged_at.items():
        if token in index.sends_of or index.open_doubts(token):
            continue
        failed = index.failed_of.get(token, ())
        if not any((row.tenant, row.channel, row.chat) in refused_in for row in failed):
            yield f"{token} was acknowledged at {at:.3f}, and no reply that was sent or is in doubt holds it", (token,)


def twice(index: Index) -> Found:
    """No message is answered by two turns, or twice by one: its token is once in the sends of one delivery only."""
    for token in index.posted_at:
        sends = index.sends_of.get(token, [])
        shown = {row.delivery_id for row in [*index.open_doubts(token), *index.failed_of.get(token, ())]}
        named = {send.delivery_id for send in sends if send.delivery_id}
        unnamed = {send.tokens for send in sends if not send.delivery_id}  # the same words again are a send repeated
        if any(send.tokens.count(token) > 1 for send in sends):
            yield f"{token} was answered twice in one reply, at {sends[0].at:.3f}", (token,)
        elif max(len(shown | named), len(unnamed)) > 1:
            times = ", ".join(f"{send.at:.3f}" for send in sends)
            ids = sorted(shown | named)
            yield f"{token} was answered in more than one delivery (sent at {times or 'no time'})", (token, *ids)


def resent(index: Index) -> Found:
    """A delivery is carried out once: a send of unknown outcome is not made again."""
    groups: defaultdict[tuple[object, ...], list[Send]] = defaultdict(list)
    for send in index.carried_out:
        if send.delivery_id:
            groups[send.delivery_id,].append(send)
        elif send.tokens:  # Telegram carries no id of ours: the same words to the same chat
            groups[send.tenant, send.channel, send.chat, send.tokens].append(send)
    for sends in groups.values():
        if len(sends) > 1:
            first, second = sends[:2]
            words = " ".join(first.tokens) or first.delivery_id
            times = f"at {first.at:.3f} ({first.outcome}) and {second.at:.3f}"
            where = (*first.tokens, *filter(None, [first.delivery_id]))
            yield f"the reply to {words} reached the person {len(sends)} times, {times}", where


def doubt(index: Index) -> Found:
    """A send whose answer was lost is shown in doubt, unless WhatsApp's report has settled it since."""
    settled = {report.delivery_id for report in index.evidence.reported if report.acknowledged and report.delivery_id}
    for send in index.carried_out:
        if send.outcome != "lost_answer" or send.delivery_id in settled:
            continue
        if send.delivery_id:
            known = index.doubts.get(send.delivery_id)
            shown = known is not None and known.open
        elif send.tokens:
            shown = any(same_place(send, each) for token in send.tokens for each in index.open_doubts(token))
        else:
            shown = any(same_place(send, each) and each.open for each in index.evidence.shown.doubts)
        if not shown:
            words = " ".join(send.tokens)
            yield f"the answer to a send at {send.at:.3f} ({words}) was lost, and it is not in doubt", send.tokens


def order(index: Index) -> Found:
    """What was acknowledged before something else was first posted is not answered after it, within a conversation.

    A delivery that was in doubt holds up nothing, so it may come late. `newest` is the token posted last of those sent.
    """
    newest: dict[tuple[int, str, int], str] = {}
    for send in index.carried_out:
        place = (send.tenant, send.channel, send.chat)
        may_be_late = index.was_doubted(send)
        for token in send.tokens:
            if token not in index.posted_at:
                continue
            before = newest.get(place)
            if before is None or index.posted_at[token] > index.posted_at[before]:
                newest[place] = token
            elif not may_be_late and index.acknowledged_at.get(token, math.inf) < index.posted_at[before]:
                yield f"{token} was acknowledged before {before} was posted, and answered after it", (token, before)


# --- Tenants, tools, statuses ----------------------------------------------------------------------------------------


def tenants(index: Index) -> Found:
    """What belongs to one conversation is not in another's: not in a send, not in a prompt, not outside a scope."""
    for send in index.evidence.sends:
        place = (send.tenant, send.channel, send.chat)
        for token in send.tokens:
            if parse(token).place != place:
                yield f"{token} was sent to chat {send.chat} of tenant {send.tenant} on {send.channel}", (token,)
    for call in index.evidence.asked:
        places = {parse(token).place: token for token in call.everywhere}
        if len(places) > 1:
            yield f"one prompt held {' and '.join(places.values())}", tuple(places.values())
    for seen in index.evidence.seen:
        if seen.rows:
            yield f"{seen.process} {seen.pid} saw {seen.rows} rows of tenants outside any scope, at {seen.at:.3f}", ()


def pictures(index: Index) -> Found:
    """Claude gets to see a picture that was acknowledged, in a call that it answers."""
    seen = {token for call in index.evidence.asked if call.answered and call.has_picture for token in call.everywhere}
    for posted in index.evidence.posted:
        for token in posted.tokens if posted.picture and posted.kind == "message" else ():
            if token in index.acknowledged_at and token not in seen:
                yield f"the picture of {token} was acknowledged, and Claude never saw it", (token,)


def tools(index: Index) -> Found:
    """A tool that is not repeatable runs once for a message."""
    for token, count in Counter(bell.token for bell in index.evidence.rung).items():
        if count > 1:
            yield f"the bell of {token} was rung {count} times", (token,)


def statuses(index: Index) -> Found:
    """A delivery is shown as far as it was reported; a failure stands unless the message had arrived.

    Reports of what was sent before this evidence begins may still come in.
    """
    shown = index.evidence.shown.deliveries
    sent = {send.delivery_id for send in index.carried_out if send.delivery_id}
    if shown is None:
        return
    reports: defaultdict[str, list[Reported]] = defaultdict(list)
    for report in index.evidence.reported:
        if report.delivery_id in sent:
            reports[report.delivery_id].append(report)
    for delivery_id, known in reports.items():
        row = shown.get(delivery_id)
        if row is None:
            yield f"a report was sent of delivery {delivery_id}, which is not shown", (delivery_id,)
            continue
        if not fits(row.status, known):
            told = ", ".join(report.state if report.acknowledged else f"({report.state})" for report in known)
            yield f"delivery {delivery_id} is shown as {row.status}, and was reported as {told}", (delivery_id,)
        if row.external_id and row.external_id not in {report.external_id for report in known}:
            yield f"delivery {delivery_id} is shown with another message's id", (delivery_id, row.external_id)


def fits(status: str, reports: Iterable[Reported]) -> bool:
    """What was not acknowledged may have been stored all the same. Which of two came first, nobody knows outside."""
    told = {report.state for report in reports if report.acknowledged}
    furthest = max((STATES.get(state, 0) for state in told), default=0)
    if status == "failed":
        return any(report.state == "failed" for report in reports)
    if "failed" in told and furthest < STATES["delivered"]:
        return STATES.get(status, 0) >= STATES["delivered"]
    return STATES.get(status, 0) >= furthest


# --- The installation ------------------------------------------------------------------------------------------------


def letters(index: Index) -> Found:
    """What could not be read is kept whole."""
    kept = {token for letter in index.evidence.shown.dead_letters for token in find(letter)}
    for posted in index.evidence.posted:
        if posted.kind == "garbage" and posted.acknowledged:
            for token in posted.tokens:
                if token not in kept:
                    yield f"garbage with {token} was acknowledged, and no dead letter holds it", (token,)


def quiet(index: Index) -> Found:
    """Once the faults have stopped, everything is soon done."""
    evidence = index.evidence
    if evidence.quiet_at is None:
        yield "the installation did not come to rest", ()
    elif (waited := evidence.quiet_at - evidence.faults_ended) > QUIET_SECONDS:
        yield f"the installation came to rest {waited:.0f} s after the faults, not within {QUIET_SECONDS:.0f}", ()
    if evidence.shown.open_turns:
        yield f"{evidence.shown.open_turns} turns are still open", ()
    if evidence.shown.due_work:
        yield f"{evidence.shown.due_work} pieces of work are still due", ()


class Windows:
    """Stretches of time, asked whether another one meets any of them."""

    def __init__(self, windows: Iterable[tuple[float, float]]) -> None:
        ordered = sorted(windows)
        self._begins = [begin for begin, _ in ordered]
        self._ends = list(accumulate((end for _, end in ordered), max))

    def meet(self, begin: float, end: float) -> bool:
        place = bisect_right(self._begins, end)
        return place > 0 and self._ends[place - 1] >= begin


def refused(index: Index) -> Found:
    """No webhook is turned away, and none fails but for a fault of the web or its database.

    One that came before this evidence begins may have met a fault that is not in it.
    """
    evidence = index.evidence
    faults = [(fired.at - 1, fired.at + EXPLAINED_SECONDS) for fired in evidence.fired if fired.process == "web"]
    faults += [
        (done.at - 1, (done.until or done.at) + EXPLAINED_SECONDS)
        for done in evidence.injected
        if {"web", "postgres"} & set(done.touches)
    ]
    windows = Windows(faults)
    for posted in evidence.posted:
        if (
            posted.acknowledged
            or posted.at < evidence.began
            or (failed(posted) and windows.meet(posted.at, ended(posted)))
        ):
            continue
        answer = f"with {posted.status}" if posted.status is not None else "not at all"
        what = f"the webhook of a {posted.kind} ({posted.key}) was answered {answer} at {posted.at:.3f}"
        yield f"{what}, and no fault explains it", posted.tokens or (posted.key,)


def failed(posted: Posted) -> bool:
    return posted.status is None or posted.status >= 500


def ended(posted: Posted) -> float:
    return posted.answered_at if posted.answered_at is not None else posted.at + UNANSWERED_SECONDS


def answers(index: Index) -> Found:
    """Each reply answers something, or is the one greeting of a chat; an apology is one only after a fault that lasted
    too long to wait for its end."""
    long_faults = Windows(
        (done.at, done.until + EXPLAINED_SECONDS)
        for done in index.evidence.injected
        if done.until is not None and done.until - done.at >= LONG_FAULT_SECONDS
    )
    for send in index.carried_out:
        for token in send.tokens:
            if token not in index.posted_at:
                yield f"a reply at {send.at:.3f} answers {token}, which nobody posted", (token,)
        if not send.tokens and not is_greeting(send) and not long_faults.meet(send.at, send.at):
            where = f"chat {send.chat} of tenant {send.tenant} on {send.channel}"
            yield f"{where} was told at {send.at:.3f}: {send.text[:80]!r}", tuple(filter(None, [send.delivery_id]))
    greeted = Counter((send.tenant, send.channel, send.chat) for send in index.carried_out if is_greeting(send))
    for (tenant, channel, chat), count in greeted.items():
        if count > 1:
            yield f"chat {chat} of tenant {tenant} on {channel} was greeted {count} times", ()


def is_greeting(send: Send) -> bool:
    """Before the first answer to a customer."""
    return not send.tokens and any(words in send.text for words in GREETINGS)


RULES: dict[str, Callable[[Index], Found]] = {
    "lost": lost,
    "twice": twice,
    "resent": resent,
    "doubt": doubt,
    "order": order,
    "tenants": tenants,
    "pictures": pictures,
    "tools": tools,
    "statuses": statuses,
    "letters": letters,
    "quiet": quiet,
    "refused": refused,
    "answers": answers,
}
