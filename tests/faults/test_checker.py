"""The checker is proved first: it finds nothing in what is healthy, and everything that is made wrong in it."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import pytest

from tests.faults.checker import RULES, check
from tests.faults.evidence import (
    Asked,
    Doubt,
    Evidence,
    Failed,
    Fired,
    Injected,
    Posted,
    Reported,
    Rung,
    Seen,
    Send,
    Shown,
    ShownDelivery,
)
from tests.faults.random_evidence import corruptions, healthy
from tests.faults.tokens import Token, find, parse

A, B, C = (str(Token(1, "whatsapp", 7, number)) for number in (1, 2, 3))
T = str(Token(1, "telegram", 3, 1))
U = str(Token(2, "whatsapp", 7, 1))
G = str(Token(1, "whatsapp", 9, 1))


def posted(at: float, *tokens: str, status: int | None = 200, kind: str = "message") -> Posted:
    """Answered after half a second."""
    of = parse(tokens[0])
    return Posted(
        at=at,
        answered_at=at + 0.5 if status is not None else None,
        status=status,
        tenant=of.tenant,
        kind=kind,
        channel=of.channel,
        chat=of.chat,
        tokens=tokens,
        key=f"key of {tokens[0]}",
    )


def sent(at: float, *tokens: str, delivery: str = "", outcome: str = "taken", of: str = "") -> Send:
    place = parse(of or tokens[0])
    return Send(
        at=at,
        channel=place.channel,
        tenant=place.tenant,
        chat=place.chat,
        tokens=tokens,
        delivery_id=delivery,
        external_id="" if outcome == "refused" else f"wamid.{delivery}",
        outcome=outcome,
        text=" ".join(tokens) or "Sorry, I could not answer this.",
    )


def reported(delivery: str, state: str, *, acknowledged: bool = True) -> Reported:
    return Reported(
        at=5.0,
        tenant=1,
        external_id=f"wamid.{delivery}",
        delivery_id=delivery,
        state=state,
        acknowledged=acknowledged,
    )


def doubtful(delivery: str, token: str, *, is_open: bool = True) -> Doubt:
    of = parse(token)
    return Doubt(
        delivery_id=delivery, tenant=of.tenant, channel=of.channel, chat=of.chat, tokens=(token,), open=is_open
    )


def unsendable(delivery: str, token: str) -> Failed:
    of = parse(token)
    return Failed(
        delivery_id=delivery, tenant=of.tenant, channel=of.channel, chat=of.chat, tokens=(token,), code="blocked"
    )


def seen(rows: int) -> Seen:
    return Seen(at=2.0, process="web", pid=10, rows=rows)


def bell(token: str) -> Rung:
    return Rung(at=2.0, token=token, pid=10)


def asked(*tokens: str) -> Asked:
    return Asked(at=2.0, tokens=tokens[:1], everywhere=tokens, answered=True)


def shown(status: str, *, external: str = "wamid.d1") -> Shown:
    return Shown(deliveries={"d1": ShownDelivery(external_id=external, status=status)})


def tracked(*reports: Reported, shown: Shown) -> Evidence:
    """A reply was sent on WhatsApp as d1, and reported so."""
    return run(posted=ANSWERED, sends=(sent(3, A, delivery="d1"),), reported=reports, shown=shown)


def run(**parts: object) -> Evidence:
    base = Evidence(seed=1, tier="unit", began=0.0, faults_ended=10.0, quiet_at=12.0)
    return replace(base, **parts)  # type: ignore[arg-type]


ANSWERED = (posted(1, A),)
PICTURED = (replace(posted(1, A), picture=True),)
WEB_DIED = Fired(at=1.2, point="in_store", action="kill", process="web", pid=9)
WORKER_DIED = replace(WEB_DIED, process="worker")
LONG_OUTAGE = Injected(at=1, what="claude down", touches=("claude",), until=301)

# rule, what is healthy, what is not
CASES: dict[str, tuple[str, Evidence, Evidence]] = {
    "answered": ("lost", run(posted=ANSWERED, sends=(sent(3, A),)), run(posted=ANSWERED)),
    "seen": (
        "pictures",
        run(posted=PICTURED, sends=(sent(3, A),), asked=(replace(asked(A), has_picture=True),)),
        run(posted=PICTURED, sends=(sent(3, A),), asked=(asked(A),)),
    ),
    "unacknowledged": (
        "lost",
        run(posted=(posted(1, A, status=None),), fired=(WEB_DIED,)),
        run(posted=(posted(1, A, status=None), posted(2, A)), fired=(WEB_DIED,)),
    ),
    "in doubt": (
        "lost",
        run(posted=ANSWERED, shown=Shown(doubts=(doubtful("d1", A),))),
        run(posted=ANSWERED, shown=Shown(doubts=(doubtful("d1", A, is_open=False),))),
    ),
    "refused for good": (
        "lost",
        run(
            posted=ANSWERED,
            sends=(sent(3, A, delivery="d1", outcome="refused"),),
            shown=Shown(failed=(unsendable("d1", A),)),
        ),
        run(posted=ANSWERED, shown=Shown(failed=(unsendable("d1", A),))),
    ),
    "one delivery": (
        "twice",
        run(
            posted=ANSWERED,
            sends=(sent(3, A, delivery="d1", outcome="refused"), sent(4, A, delivery="d1")),
        ),
        run(posted=ANSWERED, sends=(sent(3, A, delivery="d1"), sent(4, A, delivery="d2"))),
    ),
    "one delivery, another in doubt": (
        "twice",
        run(posted=ANSWERED, sends=(sent(3, A, delivery="d1"),), shown=Shown(doubts=(doubtful("d1", A),))),
        run(posted=ANSWERED, sends=(sent(3, A, delivery="d1"),), shown=Shown(doubts=(doubtful("d2", A),))),
    ),
    "one reply on Telegram": (
        "twice",
        run(posted=(posted(1, T), posted(1.1, T[:-2] + "2z")), sends=(sent(3, T, T[:-2] + "2z"),)),
        run(posted=(posted(1, T), posted(1.1, T[:-2] + "2z")), sends=(sent(3, T), sent(4, T, T[:-2] + "2z"))),
    ),
    "stored once": (
        "twice",
        run(posted=(posted(1, A), posted(1, A)), sends=(sent(3, A),)),
        run(posted=(posted(1, A), posted(1, A)), sends=(sent(3, A, A),)),
    ),
    "sent once": (
        "resent",
        run(posted=ANSWERED, sends=(sent(3, A, delivery="d1"),)),
        run(posted=ANSWERED, sends=(sent(3, A, delivery="d1", outcome="lost_answer"), sent(4, A, delivery="d1"))),
    ),
    "sent once on Telegram": (
        "resent",
        run(posted=(posted(1, T),), sends=(sent(3, T, outcome="refused"), sent(4, T))),
        run(posted=(posted(1, T),), sends=(sent(3, T), sent(4, T))),
    ),
    "lost answer in doubt": (
        "doubt",
        run(
            posted=(posted(1, T),),
            sends=(sent(3, T, outcome="lost_answer"),),
            shown=Shown(doubts=(doubtful("d1", T),)),
        ),
        run(posted=(posted(1, T),), sends=(sent(3, T, outcome="lost_answer"),)),
    ),
    "lost answer settled": (
        "doubt",
        run(
            posted=ANSWERED,
            sends=(sent(3, A, delivery="d1", outcome="lost_answer"),),
            reported=(reported("d1", "delivered"),),
        ),
        run(
            posted=ANSWERED,
            sends=(sent(3, A, delivery="d1", outcome="lost_answer"),),
            reported=(reported("d1", "delivered", acknowledged=False),),
            shown=Shown(doubts=(doubtful("d1", A, is_open=False),)),
        ),
    ),
    "in order": (
        "order",
        run(posted=(posted(1, A), posted(2, B)), sends=(sent(3, A), sent(4, B))),
        run(posted=(posted(1, A), posted(2, B)), sends=(sent(3, B), sent(4, A))),
    ),
    "in order in a reply": (
        "order",
        run(posted=(posted(1, A), posted(2, B)), sends=(sent(3, A, B),)),
        run(posted=(posted(1, A), posted(2, B)), sends=(sent(3, B, A),)),
    ),
    "posted at once": (
        "order",
        run(posted=(posted(1, A), posted(1.4, B)), sends=(sent(3, B, A),)),
        run(posted=(posted(1, A), posted(1.6, B)), sends=(sent(3, B, A),)),
    ),
    "late after a doubt": (
        "order",
        run(
            posted=(posted(1, A), posted(2, B)),
            sends=(sent(3, B, delivery="d2"), sent(4, A, delivery="d1")),
            shown=Shown(doubts=(doubtful("d1", A, is_open=False),)),
        ),
        run(
            posted=(posted(1, A), posted(2, B)),
            sends=(sent(3, B, delivery="d2"), sent(4, A, delivery="d1")),
            shown=Shown(doubts=(doubtful("d2", B, is_open=False),)),
        ),
    ),
    "own tenant": (
        "tenants",
        run(posted=(posted(1, U),), sends=(sent(3, U),)),
        run(posted=(posted(1, U),), sends=(sent(3, U, of=A),)),
    ),
    "own chat": (
        "tenants",
        run(posted=ANSWERED, sends=(sent(3, A),)),
        run(posted=ANSWERED, sends=(sent(3, A, of=G),)),
    ),
    "own prompt": ("tenants", run(asked=(asked(B, A),)), run(asked=(asked(B, A, U),))),
    "nothing outside a scope": ("tenants", run(seen=(seen(0),)), run(seen=(seen(0), seen(2)))),
    "rung once": ("tools", run(rung=(bell(A), bell(B))), run(rung=(bell(A), bell(B), bell(A)))),
    "read": (
        "statuses",
        tracked(reported("d1", "read"), reported("d1", "delivered"), shown=shown("read")),
        tracked(reported("d1", "read"), reported("d1", "delivered"), shown=shown("delivered")),
    ),
    "failed": (
        "statuses",
        tracked(reported("d1", "sent"), reported("d1", "failed"), shown=shown("failed")),
        tracked(reported("d1", "sent"), reported("d1", "failed"), shown=shown("sent")),
    ),
    "failed after all": (
        "statuses",
        tracked(reported("d1", "delivered"), reported("d1", "failed"), shown=shown("delivered")),
        tracked(reported("d1", "delivered"), shown=shown("failed")),
    ),
    "applied, not acknowledged": (
        "statuses",
        tracked(reported("d1", "read", acknowledged=False), shown=shown("sent")),
        tracked(reported("d1", "read"), shown=shown("sent")),
    ),
    "failed, not acknowledged": (
        "statuses",
        tracked(reported("d1", "sent"), reported("d1", "failed", acknowledged=False), shown=shown("failed")),
        tracked(reported("d1", "sent"), shown=shown("failed")),
    ),
    "its own message": (
        "statuses",
        tracked(reported("d1", "read"), shown=shown("read")),
        tracked(reported("d1", "read"), shown=shown("read", external="wamid.d2")),
    ),
    "a delivery that is shown": (
        "statuses",
        tracked(reported("d1", "read"), shown=Shown()),
        tracked(reported("d1", "read"), shown=Shown(deliveries={})),
    ),
    "a report of what was sent before": (
        "statuses",
        tracked(reported("d0", "read"), shown=Shown(deliveries={})),
        tracked(reported("d0", "read"), reported("d1", "read"), shown=Shown(deliveries={})),
    ),
    "letter": (
        "letters",
        run(posted=(posted(1, G, kind="garbage"),), shown=Shown(dead_letters=(f'{{"odd": "{G}',))),
        run(posted=(posted(1, G, kind="garbage"),), shown=Shown(dead_letters=("",))),
    ),
    "rest": ("quiet", run(quiet_at=69.0), run(quiet_at=71.0)),
    "rest at all": ("quiet", run(), run(quiet_at=None)),
    "no open turn": ("quiet", run(), run(shown=Shown(open_turns=1))),
    "no due work": ("quiet", run(), run(shown=Shown(due_work=2))),
    "web killed": (
        "refused",
        run(posted=(posted(1, A, status=None), posted(2, A)), fired=(WEB_DIED,), sends=(sent(3, A),)),
        run(posted=(posted(1, A, status=None), posted(2, A)), fired=(WORKER_DIED,), sends=(sent(3, A),)),
    ),
    "database down": (
        "refused",
        run(
            posted=(posted(1, A, status=503), posted(2, A)),
            injected=(Injected(at=0.5, what="postgres restart", touches=("postgres",), until=2),),
            sends=(sent(3, A),),
        ),
        run(
            posted=(posted(1, A, status=503), posted(2, A)),
            injected=(Injected(at=0.5, what="flush", touches=("valkey",)),),
            sends=(sent(3, A),),
        ),
    ),
    "begun before": (
        "refused",
        run(posted=(posted(-1, G, status=None, kind="status"),)),
        run(posted=(posted(1, G, status=None, kind="status"),)),
    ),
    "never turned away": (
        "refused",
        run(posted=(posted(1, A),), sends=(sent(3, A),)),
        run(posted=(posted(1, A), posted(2, A, status=403)), fired=(WEB_DIED,), sends=(sent(3, A),)),
    ),
    "apology": (
        "answers",
        run(injected=(LONG_OUTAGE,), sends=(sent(303, of=A),)),
        run(injected=(replace(LONG_OUTAGE, until=200),), sends=(sent(303, of=A),)),
    ),
    "answer to something": (
        "answers",
        run(posted=ANSWERED, sends=(sent(3, A),)),
        run(posted=ANSWERED, sends=(sent(3, A), sent(4, C))),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_passes_what_is_healthy_and_names_what_is_not(name: str) -> None:
    rule, right, wrong = CASES[name]
    assert [str(violation) for violation in check(right)] == []
    assert rule in {violation.rule for violation in check(wrong)}


def test_every_rule_has_a_case() -> None:
    assert {rule for rule, _, _ in CASES.values()} == set(RULES)


@pytest.mark.parametrize("seed", range(20))
def test_random_healthy_evidence_is_clean_and_every_corruption_of_it_is_found(seed: int) -> None:
    evidence = healthy(seed, messages=150)
    assert check(evidence) == []
    for name, rules, corrupted in corruptions(evidence, random.Random(seed)):
        found = {violation.rule for violation in check(corrupted)}
        assert found & rules, f"{name} was not found (seed {seed})"


def test_kept_evidence_is_judged_as_it_was() -> None:
    evidence = healthy(7, messages=100)
    again = Evidence.from_json(evidence.to_json())
    assert again == evidence
    wrong = replace(evidence, sends=evidence.sends[1:])
    assert check(Evidence.from_json(wrong.to_json())) == check(wrong) != []


def test_evidence_of_another_form_is_refused() -> None:
    data = run(rung=(bell(A),)).to_json()
    data["rung"][0]["colour"] = "red"
    with pytest.raises(TypeError, match="Rung has no colour"):
        Evidence.from_json(data)


def test_a_token_is_found_in_any_text_and_tells_whose_it_is() -> None:
    text = f"<b>{A}</b>{B}\\n{A}, q1xzx1x1z q1xwx"
    assert find(text) == (A, B, A)
    assert str(parse(A)) == A
    assert parse(T) == Token(1, "telegram", 3, 1)
    with pytest.raises(ValueError, match="no token"):
        parse(A + "z")


def test_the_time_of_a_check_grows_with_the_messages(capsys: pytest.CaptureFixture[str]) -> None:
    """Printed, for an eye to judge: times on a shared machine prove nothing."""
    for messages in (2_000, 8_000):
        evidence = healthy(1, messages=messages)
        began = time.perf_counter()
        assert check(evidence) == []
        with capsys.disabled():
            print(f"checker: {messages} messages in {time.perf_counter() - began:.2f} s")
