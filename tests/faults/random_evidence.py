"""Made-up evidence for the checker's own proof: of runs that went well, and what each wrong would have made of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import cycle

from tests.faults.evidence import (
    Asked,
    Doubt,
    Evidence,
    Fired,
    Posted,
    Reported,
    Rung,
    Seen,
    Send,
    Shown,
    ShownDelivery,
)
from tests.faults.tokens import Token, parse

TENANTS, CHATS = (1, 2, 3), (1, 2)
# What becomes of a reply: sent, refused first, its answer lost, in doubt without a send, sent late after a doubt.
FATES = ("taken", "taken", "refused", "lost", "unsent", "late")
STATES = ("sent", "delivered", "read")


@dataclass
class Story:
    """A run as it is made up, chat by chat."""

    dice: random.Random
    posted: list[Posted] = field(default_factory=list)
    sends: list[Send] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    rung: list[Rung] = field(default_factory=list)
    reported: list[Reported] = field(default_factory=list)
    fired: list[Fired] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    deliveries: dict[str, ShownDelivery] = field(default_factory=dict)
    deaths: int = 0

    def post(self, at: float, token: Token, kind: str = "message") -> float:
        """Until it is acknowledged, and sometimes once more; gives the time of the acknowledgement."""
        row = Posted(
            at=at,
            answered_at=at + self.dice.uniform(0.01, 0.2),
            status=200,
            tenant=token.tenant,
            kind=kind,
            channel=token.channel,
            chat=token.chat,
            tokens=(str(token),),
            key=f"{kind}.{token}",
        )
        if self.dice.random() < 0.1:
            self.fired.append(Fired(at=at, point="in_store", action="kill", process="web", pid=self.deaths))
            self.deaths += 1
            self.posted.append(replace(row, answered_at=None, status=None))
            row = replace(row, at=at + 0.3, answered_at=at + 0.4)
        self.posted.append(row)
        if self.dice.random() < 0.2:
            again = at + self.dice.uniform(0, 9)
            self.posted.append(replace(row, at=again, answered_at=again + 0.1, duplicate=True))
        return row.answered_at or at

    def chat(self, first: Token, messages: int) -> None:
        at = sent_at = 100 + self.dice.random()
        fates, made = cycle(self.dice.sample(FATES, len(FATES))), 0
        while made < messages:
            tokens = []
            for _ in range(min(self.dice.randint(1, 3), messages - made)):
                made += 1
                token = replace(first, number=made)
                acknowledged_at = self.post(at, token)
                at = self.dice.choice([at, acknowledged_at + 0.01])  # at once with the next, or after it
                tokens.append(str(token))
            at = acknowledged_at + 0.01
            sent_at = max(sent_at, at) + self.dice.uniform(0.1, 3)
            self.asked.append(Asked(at=sent_at - 0.05, tokens=tuple(tokens), everywhere=tuple(tokens), answered=True))
            if self.dice.random() < 0.3:
                self.rung.append(Rung(at=sent_at - 0.02, token=tokens[0], pid=1))
            self.reply(sent_at, first, tuple(tokens), next(fates))

    def reply(self, at: float, chat: Token, tokens: tuple[str, ...], fate: str) -> None:
        delivery_id = f"d{len(self.sends)}-{tokens[0]}"
        send = Send(
            at=at,
            channel=chat.channel,
            tenant=chat.tenant,
            chat=chat.chat,
            tokens=tokens,
            delivery_id=delivery_id if chat.channel == "whatsapp" else "",
            external_id=f"wamid.{delivery_id}",
            outcome="lost_answer" if fate == "lost" else "taken",
            text=" ".join(tokens),
        )
        if fate == "refused":
            self.sends.append(replace(send, at=at - 0.04, outcome="refused", external_id=""))
        if fate == "late":
            send = replace(send, at=at + 5)
        if fate in {"lost", "unsent", "late"}:
            settled = fate == "late" or (fate == "lost" and chat.channel == "whatsapp")
            self.doubts.append(
                Doubt(
                    delivery_id=delivery_id,
                    tenant=chat.tenant,
                    channel=chat.channel,
                    chat=chat.chat,
                    tokens=tokens,
                    open=not settled,
                )
            )
        if fate != "unsent":
            self.sends.append(send)
            if chat.channel == "whatsapp":
                self.report(send)

    def report(self, send: Send) -> None:
        """In any order; some without an acknowledgement, of which nobody knows whether they were applied."""
        acknowledged = {state: state == "sent" or self.dice.random() < 0.8 for state in STATES}
        for state in self.dice.sample(STATES, len(STATES)):
            row = Reported(
                at=send.at + 1,
                tenant=send.tenant,
                external_id=send.external_id,
                delivery_id=send.delivery_id,
                state=state,
                acknowledged=acknowledged[state],
            )
            self.reported.append(row)
        furthest = max(place for place, state in enumerate(STATES) if acknowledged[state] or self.dice.random() < 0.5)
        self.deliveries[send.delivery_id] = ShownDelivery(external_id=send.external_id, status=STATES[furthest])

    def rubbish(self, token: Token) -> None:
        self.post(150, token, "garbage")
        self.letters.append(f'{{"odd": "{token}"')


def healthy(seed: int, messages: int) -> Evidence:
    """At least 150 messages, so that everything happens that a corruption needs."""
    story = Story(random.Random(seed))
    places = [(tenant, channel, chat) for tenant in TENANTS for channel in ("whatsapp", "telegram") for chat in CHATS]
    for tenant, channel, chat in places:
        story.chat(Token(tenant, channel, chat, 0), messages // len(places))
        story.rubbish(Token(tenant, channel, chat + 50, 1))
    end = max(send.at for send in story.sends)
    return Evidence(
        seed=seed,
        tier="made up",
        began=100.0,
        faults_ended=end,
        quiet_at=end + 5,
        posted=tuple(sorted(story.posted, key=lambda row: row.at)),
        sends=tuple(sorted(story.sends, key=lambda row: row.at)),
        asked=tuple(story.asked),
        rung=tuple(story.rung),
        reported=tuple(story.reported),
        seen=tuple(Seen(at=101.0 + place, process="worker", pid=place, rows=0) for place in range(5)),
        fired=tuple(story.fired),
        shown=Shown(doubts=tuple(story.doubts), deliveries=story.deliveries, dead_letters=tuple(story.letters)),
    )


# --- What goes wrong -------------------------------------------------------------------------------------------------

Corruption = Callable[[Evidence, random.Random], Evidence]
_CORRUPTIONS: list[tuple[frozenset[str], Corruption]] = []


def corruptions(evidence: Evidence, dice: random.Random) -> Iterator[tuple[str, frozenset[str], Evidence]]:
    """Each with its name and the rules of which one must find it. IndexError: the evidence has no place for one."""
    for rules, corrupt in _CORRUPTIONS:
        yield corrupt.__name__, rules, corrupt(evidence, dice)


def breaks(*rules: str) -> Callable[[Corruption], Corruption]:
    def register(corrupt: Corruption) -> Corruption:
        _CORRUPTIONS.append((frozenset(rules), corrupt))
        return corrupt

    return register


def plain_sends(evidence: Evidence) -> list[Send]:
    """Carried out, and nothing of them was ever in doubt."""
    doubted = {token for doubt in evidence.shown.doubts for token in doubt.tokens}
    return [send for send in evidence.sends if send.carried_out and not doubted & set(send.tokens)]


def exchanged(evidence: Evidence, old: Send, new: Send) -> Evidence:
    return replace(evidence, sends=tuple(new if send is old else send for send in evidence.sends))


def times(evidence: Evidence) -> tuple[dict[str, float], dict[str, float]]:
    """When each token was first posted, and first acknowledged."""
    began: dict[str, float] = {}
    known: dict[str, float] = {}
    for row in evidence.posted:
        for token in row.tokens:
            began[token] = min(row.at, began.get(token, row.at))
            if row.answered_at is not None:
                known[token] = min(row.answered_at, known.get(token, row.answered_at))
    return began, known


@breaks("lost")
def a_reply_is_missing(evidence: Evidence, dice: random.Random) -> Evidence:
    gone = dice.choice(plain_sends(evidence))
    return replace(evidence, sends=tuple(send for send in evidence.sends if send.tokens != gone.tokens))


@breaks("lost")
def a_reply_lacks_a_message(evidence: Evidence, dice: random.Random) -> Evidence:
    send = dice.choice([send for send in plain_sends(evidence) if len(send.tokens) > 1])
    return exchanged(evidence, send, replace(send, tokens=send.tokens[1:]))


@breaks("lost")
def a_doubt_without_a_send_is_not_shown(evidence: Evidence, dice: random.Random) -> Evidence:
    sent = {token for send in evidence.sends for token in send.tokens}
    gone = dice.choice([doubt for doubt in evidence.shown.doubts if not sent & set(doubt.tokens)])
    return without_doubt(evidence, gone)


@breaks("doubt")
def a_lost_answer_is_not_in_doubt(evidence: Evidence, dice: random.Random) -> Evidence:
    lost = {token for send in evidence.sends if send.outcome == "lost_answer" for token in send.tokens}
    open_ = [doubt for doubt in evidence.shown.doubts if doubt.open and lost & set(doubt.tokens)]
    return without_doubt(evidence, dice.choice(open_))


def without_doubt(evidence: Evidence, gone: Doubt) -> Evidence:
    left = tuple(doubt for doubt in evidence.shown.doubts if doubt is not gone)
    return replace(evidence, shown=replace(evidence.shown, doubts=left))


@breaks("resent")
def a_send_is_made_again(evidence: Evidence, dice: random.Random) -> Evidence:
    send = dice.choice([send for send in evidence.sends if send.carried_out])
    return replace(evidence, sends=(*evidence.sends, replace(send, at=send.at + dice.uniform(0, 20), outcome="taken")))


@breaks("twice", "resent")
def another_turn_answers_too(evidence: Evidence, dice: random.Random) -> Evidence:
    send = dice.choice(plain_sends(evidence))
    other = replace(send, at=send.at + 1, tokens=send.tokens[:1], delivery_id=send.delivery_id and "d-other")
    return replace(evidence, sends=(*evidence.sends, other))


@breaks("twice")
def a_message_was_stored_twice(evidence: Evidence, dice: random.Random) -> Evidence:
    send = dice.choice(plain_sends(evidence))
    return exchanged(evidence, send, replace(send, tokens=(*send.tokens, send.tokens[-1])))


@breaks("order")
def two_replies_change_places(evidence: Evidence, dice: random.Random) -> Evidence:
    began, known = times(evidence)
    last: dict[tuple[int, str, int], Send] = {}
    pairs = []
    for send in plain_sends(evidence):
        place = (send.tenant, send.channel, send.chat)
        before = last.get(place)
        if before is not None and known[before.tokens[0]] < max(began[token] for token in send.tokens):
            pairs.append((before, send))
        last[place] = send
    one, other = dice.choice(pairs)
    return exchanged(exchanged(evidence, one, replace(one, at=other.at)), other, replace(other, at=one.at))


@breaks("order")
def a_reply_turns_its_messages_round(evidence: Evidence, dice: random.Random) -> Evidence:
    began, known = times(evidence)
    able = [send for send in plain_sends(evidence) if known[send.tokens[0]] < began[send.tokens[-1]]]
    send = dice.choice(able)
    return exchanged(evidence, send, replace(send, tokens=send.tokens[::-1]))


@breaks("tenants")
def a_reply_goes_to_another_tenants_chat(evidence: Evidence, dice: random.Random) -> Evidence:
    send = dice.choice(plain_sends(evidence))
    return exchanged(evidence, send, replace(send, tenant=send.tenant % len(TENANTS) + 1))


@breaks("tenants")
def a_reply_goes_to_another_chat(evidence: Evidence, dice: random.Random) -> Evidence:
    send = dice.choice(plain_sends(evidence))
    return exchanged(evidence, send, replace(send, chat=send.chat % len(CHATS) + 1))


@breaks("tenants")
def a_prompt_holds_another_chat(evidence: Evidence, dice: random.Random) -> Evidence:
    call = dice.choice(evidence.asked)
    place = parse(call.tokens[0]).place
    foreign = dice.choice([row.tokens[0] for row in evidence.posted if parse(row.tokens[0]).place != place])
    return replace(evidence, asked=(*evidence.asked, replace(call, everywhere=(*call.everywhere, foreign))))


@breaks("tenants")
def rows_are_seen_outside_a_scope(evidence: Evidence, dice: random.Random) -> Evidence:
    return replace(evidence, seen=(*evidence.seen, replace(dice.choice(evidence.seen), rows=dice.randint(1, 9))))


@breaks("tools")
def a_bell_is_rung_again(evidence: Evidence, dice: random.Random) -> Evidence:
    return replace(evidence, rung=(*evidence.rung, replace(dice.choice(evidence.rung), pid=2)))


@breaks("statuses")
def a_status_goes_back(evidence: Evidence, dice: random.Random) -> Evidence:
    deliveries = dict(evidence.shown.deliveries or {})
    read = {row.delivery_id for row in evidence.reported if row.state == "read" and row.acknowledged}
    delivery_id = dice.choice(sorted(read))
    deliveries[delivery_id] = replace(deliveries[delivery_id], status=dice.choice(STATES[:2]))
    return replace(evidence, shown=replace(evidence.shown, deliveries=deliveries))


@breaks("statuses")
def a_failure_is_forgotten(evidence: Evidence, dice: random.Random) -> Evidence:
    deliveries = dict(evidence.shown.deliveries or {})
    row = dice.choice(evidence.reported)
    others = tuple(other for other in evidence.reported if other.delivery_id != row.delivery_id)
    told = tuple(replace(row, state=state, acknowledged=True) for state in ("sent", "failed"))
    deliveries[row.delivery_id] = replace(deliveries[row.delivery_id], status="sent")
    return replace(evidence, reported=others + told, shown=replace(evidence.shown, deliveries=deliveries))


@breaks("letters")
def a_letter_is_empty(evidence: Evidence, dice: random.Random) -> Evidence:
    letters = list(evidence.shown.dead_letters)
    letters[dice.randrange(len(letters))] = ""
    return replace(evidence, shown=replace(evidence.shown, dead_letters=tuple(letters)))


@breaks("quiet")
def it_rests_too_late(evidence: Evidence, dice: random.Random) -> Evidence:
    return replace(evidence, quiet_at=dice.choice([None, evidence.faults_ended + 61]))


@breaks("quiet")
def something_is_left_to_do(evidence: Evidence, dice: random.Random) -> Evidence:
    left = dice.choice([{"open_turns": 1}, {"due_work": 1}])
    return replace(evidence, shown=replace(evidence.shown, **left))  # type: ignore[arg-type]


@breaks("refused")
def a_webhook_is_turned_away(evidence: Evidence, dice: random.Random) -> Evidence:
    row = replace(dice.choice(evidence.posted), status=404, answered_at=200.0)
    return replace(evidence, posted=(*evidence.posted, row))


@breaks("refused")
def a_webhook_fails_without_a_fault(evidence: Evidence, dice: random.Random) -> Evidence:
    row = replace(dice.choice(evidence.posted), status=dice.choice([500, 503]))
    return replace(evidence, posted=(*evidence.posted, row), fired=())


@breaks("refused")
def nobody_knows_why_a_webhook_was_cut(evidence: Evidence, dice: random.Random) -> Evidence:
    return replace(evidence, fired=tuple(replace(fired, process="worker") for fired in evidence.fired))


@breaks("answers", "lost")
def an_apology_comes_instead(evidence: Evidence, dice: random.Random) -> Evidence:
    send = dice.choice(plain_sends(evidence))
    return exchanged(evidence, send, replace(send, tokens=(), text="Sorry, I could not answer this."))


@breaks("answers")
def something_is_answered_that_nobody_said(evidence: Evidence, dice: random.Random) -> Evidence:
    send = dice.choice(plain_sends(evidence))
    unheard = str(replace(parse(send.tokens[0]), number=9999999))
    return exchanged(evidence, send, replace(send, tokens=(*send.tokens, unheard)))
