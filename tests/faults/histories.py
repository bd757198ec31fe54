"""Random histories over one installation, each judged by itself."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from stack.process import wait_until
from tests.faults.checker import Violation, check
from tests.faults.conductor import Conductor
from tests.faults.evidence import Evidence
from tests.faults.installation import Installation
from tests.faults.keeping import keep, told
from tests.faults.plan import Plan, chats_of, make_plan
from tests.faults.stage import QUIET_LIMIT, Stage, is_busy
from tests.faults.traffic import Poster

LEFT_OVER_SECONDS = 120.0


@dataclass(frozen=True)
class Judged:
    evidence: Evidence
    violations: list[Violation]


def run_history(
    installation: Installation,
    poster: Poster,
    *,
    seed: int,
    messages: int,
    first_chat: int,
    only: Collection[str] | None = None,
    limit: float = QUIET_LIMIT,
) -> tuple[Judged, Plan]:
    """Carry one history out and judge it. `first_chat` must be beyond the chats of those before it.

    The one before may have come to rest late, or never will: this one waits for it, so as not to be blamed for it.
    """
    size = installation.size
    plan = make_plan(
        seed, messages, first_chat=first_chat, workers=size.workers, webs=size.webs, beats=size.beats, only=only
    )
    if not wait_until(lambda: not is_busy(installation, poster), LEFT_OVER_SECONDS, pause=0.2):
        raise RuntimeError("The history before this one left work behind that nobody does.")
    stage = Stage(installation, poster, seed=seed, tier="history")
    Conductor(installation, poster).carry_out(plan)
    stage.come_to_rest(limit)
    evidence = stage.evidence()
    return Judged(evidence, check(evidence)), plan


def run_histories(
    installation: Installation, poster: Poster, say: Callable[[str], None], *, seed: int, count: int, messages: int
) -> list[Judged]:
    """Histories of the seeds from `seed` on. The evidence of one that failed is kept."""
    done: list[Judged] = []
    first_chat = installation.chats - count * chats_of(messages) + 1
    for number in range(count):
        mine = seed + number
        judged, plan = run_history(
            installation, poster, seed=mine, messages=messages, first_chat=first_chat + number * chats_of(messages)
        )
        done.append(judged)
        quiet = judged.evidence.quiet_at
        rest = f"quiet after {quiet - judged.evidence.faults_ended:.1f} s" if quiet else "never quiet"
        say(f"history {number + 1}/{count} (SEED={mine}): {len(judged.violations)} violations, {rest}")
        if judged.violations:
            where = keep(judged.evidence, judged.violations, installation, plan)
            say(told(judged.evidence, judged.violations))
            say(f"Kept: {where}; judge it again with `python -m tests.faults check {where}`.")
    return done
