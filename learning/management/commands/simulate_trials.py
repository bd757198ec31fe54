"""How often changes on trial are rightly kept and rightly undone, in trials whose truth is known."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from learning.simulation import FAILS_NOW, FAILS_WITH, Change, Shares, Trial, World, shares, trials

SHOWN_EVERY = 100  # trials
DIGITS = 4


class Command(BaseCommand):
    requires_system_checks = ()  # it asks neither the database nor the settings
    help = "Simulates trials of changes that help, harm or do nothing, decided by the rule that decides the real ones."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--trials", type=int, default=2_000, help="Of each kind of change. Default: %(default)s.")
        parser.add_argument(
            "--seed", type=int, default=1, help="The same seed, the same figures. Default: %(default)s."
        )
        parser.add_argument(
            "--alike",
            type=float,
            default=0.0,
            metavar="SHARE",
            help="How often a run ends like the one before it in its session, 0 to 1. Default: %(default)s.",
        )
        parser.add_argument(
            "--compare",
            action="store_true",
            help="Also what comparing with the window that raised the pattern would have kept.",
        )
        parser.add_argument(
            "--json",
            action="store_true",
            help='{"harmful_kept", "helpful_kept", "useless_rolled_back"}; '
            'with --compare these also under "compared_with_window".',
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["trials"] < 1:
            raise CommandError("--trials is at least 1.")
        if not 0 <= options["alike"] <= 1:
            raise CommandError("--alike is a share between 0 and 1.")
        world = World(alike=options["alike"], compare=options["compare"])
        found = {}
        for change in Change:
            begun = trials(change, options["trials"], options["seed"], world)
            found[change] = shares(list(begun if options["json"] else self._shown(change, begun, options["trials"])))
        if options["json"]:
            self.stdout.write(json.dumps(_answer(found, compare=options["compare"])))
        else:
            self.stdout.write(_table(found, compare=options["compare"]))

    def _shown(self, change: Change, begun: Iterable[Trial], number: int) -> Iterator[Trial]:
        """Progress, for whoever waits at a terminal."""
        for done, trial in enumerate(begun, start=1):
            if self.stderr.isatty() and (done % SHOWN_EVERY == 0 or done == number):
                self.stderr.write(f"\r{change}: {done} of {number}", ending="\n" if done == number else "")
            yield trial


def _answer(found: dict[Change, Shares], *, compare: bool) -> dict[str, Any]:
    answer: dict[str, Any] = _aims({change: each.kept for change, each in found.items()})
    if compare:
        answer["compared_with_window"] = _aims({change: each.kept_by_window for change, each in found.items()})
    return answer


def _aims(kept: dict[Change, float]) -> dict[str, float]:
    return {
        "harmful_kept": round(kept[Change.HARMFUL], DIGITS),
        "helpful_kept": round(kept[Change.HELPFUL], DIGITS),
        "useless_rolled_back": round(1 - kept[Change.USELESS], DIGITS),
    }


def _table(found: dict[Change, Shares], *, compare: bool) -> str:
    lines = [
        f"{'change':<9}{'fails':>13}{'kept':>9}{'undone':>9}{'runs':>7}" + ("   kept by the window" if compare else "")
    ]
    for change, each in found.items():
        fails = f"{FAILS_NOW:.0%} → {FAILS_WITH[change]:.0%}"
        line = f"{change:<9}{fails:>13}{each.kept:>9.1%}{1 - each.kept:>9.1%}{each.runs:>7.0f}"
        lines.append(line + (f"{each.kept_by_window:>21.1%}" if compare else ""))
    window = sum(each.window_rate for each in found.values()) / len(found)
    lines.append(f"The windows that raised the patterns failed at {window:.0%}, the tool itself at {FAILS_NOW:.0%}.")
    return "\n".join(lines)
