"""What a conversation of 40 turns costs in prompt tokens, over what it would with an ideal prompt cache.

The conversation goes through the real product; the model's double keeps account of the cache as the service does, and
the product's own price rows turn its counts into dollars.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from benchmarks.installation import Installation, installation
from benchmarks.results import Aim, Context, Row, Samples
from benchmarks.traffic import Arrival, play, wait_until_answered

TURNS = 40
PACE = 30.0  # seconds between two turns, by the double's clock
PAUSE = 480.0  # seconds: longer than the five minutes that the newest part is kept
PAUSE_EVERY = 10
TOOL_EVERY = 5  # one turn in so many calls a tool, and so asks the model twice
APART = 7200.0  # seconds: nothing of an earlier conversation is kept any more
SENTENCE = (
    "the buyers of the house by the lake would like to see it again on Saturday, with the surveyor if that can be "
    "arranged, and they ask whether the garden shed and the kitchen stay, what the heating cost last winter, and when "
    "the notary would have time; please remind me to call them back before the weekend and tell the office about it"
)
GROUP = "Prompt cost of a conversation of 40 turns"
MEASURED = (
    "Dollars for the prompt tokens of all its calls (one turn in five calls a tool), over the ideal: every token is "
    "written to the cache once, when it first stands in a prompt, at the five-minute price, and read from it in every "
    "later call. Answers cost the same with any cache, and are left out."
)


@dataclass(frozen=True)
class Call:
    """The prompt tokens of one call."""

    full: int
    read: int
    written_5m: int
    written_1h: int

    @property
    def prompt(self) -> int:
        return self.full + self.read + self.written_5m + self.written_1h


@dataclass(frozen=True)
class Rate:
    """Dollars per million prompt tokens."""

    full: float
    read: float
    written_5m: float
    written_1h: float


def measure(context: Context) -> list[Row]:
    with installation(context.directory, worker_threads=4) as built, built.connect("operator") as operator:
        [people] = built.ask_module("benchmarks.people", "command", {"tenants": 1, "people": 2, "running": 4})
        steady, paused = people["phones"]
        talk = Conversation(built, operator, people["account"])
        rate = rate_of(operator)
        context.say(f"{TURNS} turns, {PACE:g} s apart ...")
        talk.hold(steady, pause_every=0)
        first = talk.calls(steady)
        talk.advance(APART)
        context.say(f"{TURNS} turns, with a pause of {PAUSE / 60:g} minutes after each {PAUSE_EVERY} ...")
        talk.hold(paused, pause_every=PAUSE_EVERY)
        second = talk.calls(paused)
    return rows(first, second, rate)


class Conversation:
    """One person after the other writes to the number, and is answered by a script."""

    def __init__(self, built: Installation, operator: psycopg.Connection[Any], account: str) -> None:
        self.built, self.operator, self.account = built, operator, account
        self.written = 0
        built.whatsapp.post("settings", pair_burst=1_000_000)

    def hold(self, phone: str, *, pause_every: int) -> None:
        for number in range(1, TURNS + 1):
            self.built.anthropic.post("script", answers=answers(number))
            play(self.built.whatsapp.url, [Arrival(0.0, self.account, phone, words(12 + 7 * number % 41, number))])
            self.written += 1
            wait_until_answered(self.operator, self.written)
            self.advance(PAUSE if pause_every and number % pause_every == 0 else PACE)

    def advance(self, seconds: float) -> None:
        self.built.anthropic.post("clock", advance_seconds=seconds)

    def calls(self, phone: str) -> list[Call]:
        """The calls of the person's conversation, in order, as the product's ledger has them."""
        found = self.operator.execute(USAGE, [phone]).fetchall()
        made = [Call(*row) for row in found]
        if len(made) != TURNS + TURNS // TOOL_EVERY:
            raise RuntimeError(f"{len(made)} calls: a turn went another way than it was meant to")
        return made


USAGE = """
    SELECT u.input_tokens, u.cache_read_tokens, u.cache_write_5m_tokens, u.cache_write_1h_tokens
    FROM tenants_app_usagerow u
    JOIN messaging_turn t ON t.id = u.reference
    JOIN messaging_conversation c ON c.id = t.conversation_id
    WHERE c.chat_id = %s ORDER BY u.at
"""


def answers(number: int) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = [{"text": words(25 + 11 * number % 67, number + 3)}]
    if number % TOOL_EVERY == 0:
        said.insert(0, {"content": [{"type": "tool_use", "name": "current_time", "input": {}}]})
    return said


def words(count: int, start: int) -> str:
    known = SENTENCE.split()
    return " ".join(known[(start + place) % len(known)] for place in range(count))


def rate_of(operator: psycopg.Connection[Any]) -> Rate:
    """What the product pays for the model that it uses by itself."""
    row = operator.execute(
        "SELECT input, cache_read, cache_write_5m, cache_write_1h FROM tenants_app_price "
        "WHERE model = 'claude-sonnet-5-5' AND valid_from <= now() ORDER BY valid_from DESC LIMIT 1"
    ).fetchone()
    if row is None:
        raise RuntimeError("the model has no price")
    return Rate(*map(float, row))


def billed(calls: Sequence[Call], rate: Rate) -> float:
    return sum(
        each.full * rate.full
        + each.read * rate.read
        + each.written_5m * rate.written_5m
        + each.written_1h * rate.written_1h
        for each in calls
    )


def ideal(calls: Sequence[Call], rate: Rate) -> float:
    """Raises RuntimeError where a prompt is not the one before with something added."""
    total, before = 0.0, 0
    for each in calls:
        if each.prompt < before:
            raise RuntimeError("a prompt is shorter than the one before: a new session began")
        total += before * rate.read + (each.prompt - before) * rate.written_5m
        before = each.prompt
    return total


def without_cache(calls: Sequence[Call], rate: Rate) -> float:
    return sum(each.prompt * rate.full for each in calls)


def system_only(calls: Sequence[Call], rate: Rate) -> float:
    """One breakpoint, after the system prompt, and it never lapses."""
    system = calls[0].written_1h
    reads = (len(calls) - 1) * system * rate.read
    return system * rate.written_5m + reads + sum(each.prompt - system for each in calls) * rate.full


def rows(steady: Sequence[Call], paused: Sequence[Call], rate: Rate) -> list[Row]:
    aim = Aim(bound=1.10, least=False, of="value")
    apart = f"{PACE:g} s apart"
    return [
        row(apart, steady, rate, "no cache", without_cache(steady, rate), aim),
        row(apart, steady, rate, "one breakpoint, after system", system_only(steady, rate), aim),
        row(
            f"{PAUSE / 60:g} min after each {PAUSE_EVERY}", paused, rate, "no cache", without_cache(paused, rate), None
        ),
    ]


def row(name: str, calls: Sequence[Call], rate: Rate, peer: str, peer_cost: float, aim: Aim | None) -> Row:
    best = ideal(calls, rate)
    return Row(
        group=GROUP,
        name=name,
        measured=MEASURED,
        unit="× ideal",
        samples=Samples.of([billed(calls, rate) / best]),
        peer=peer,
        peer_samples=Samples.of([peer_cost / best]),
        aim=aim,
        note=f"{name}: {len(calls)} calls, the last prompt {calls[-1].prompt:,} tokens (counted by the double: a "
        f"quarter of the bytes), {billed(calls, rate) / 1e6:.4f} dollars.",
        extra={"calls": len(calls), "last_prompt_tokens": calls[-1].prompt, "dollars": billed(calls, rate) / 1e6},
    )
