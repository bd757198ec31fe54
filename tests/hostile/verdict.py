"""Whether a hostile script was held: everything that is wrong with how its run ended."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.hostile.attacks import MIB, Attack

LARGEST_TEXT = 66_000  # characters of output: 64 KiB and what is said about the rest
LARGEST_REASON = 2000
LARGEST_GROWTH = 48 * MIB  # of the runner's memory, at its highest


def problems(attack: Attack, trial: Mapping[str, Any]) -> list[str]:
    """Empty where the sandbox held. `trial` is a lane's answer."""
    if "died" in trial:
        return [f"the runner died: {trial['died']}"]
    run = trial["run"]
    return [*_of_its_end(attack, run), *_of_what_came_out(attack, run, trial["mark"]), *_of_the_runner(attack, trial)]


def _of_its_end(attack: Attack, run: Mapping[str, Any]) -> Iterator[str]:
    if run["outcome"] not in attack.ends:
        yield f"it ended as {run['outcome']} ({run['reason'][:300]}), not as {' or '.join(sorted(attack.ends))}"
    result = run["result"]
    if isinstance(result, dict) and "escaped" in result:
        yield f"it got through: {str(result['escaped'])[:300]}"
    elif run["outcome"] == "ok":
        yield from _of_its_result(attack, result)
    if run["outcome"] != "ok" and not run["reason"]:
        yield "it ended without a reason"


def _of_its_result(attack: Attack, result: Any) -> Iterator[str]:
    if attack.result is not None and result != attack.result:
        yield f"it returned {str(result)[:300]}"
    if not attack.stopped:
        return
    told = _words(result.get("stopped") if isinstance(result, dict) else None)
    if not told or not told <= attack.stopped:
        yield f"it was stopped by {sorted(told - attack.stopped) or 'nothing'}, not by {sorted(attack.stopped)}"
    for name, most in attack.most.items():
        if isinstance(result, dict) and result.get(name, 0) > most:
            yield f"it got {result[name]} {name}, more than {most}"


def _words(stopped: Any) -> set[str]:
    if isinstance(stopped, dict):
        return set().union(*map(_words, stopped.values()))
    if isinstance(stopped, list):
        return set().union(*map(_words, stopped))
    return {stopped} if isinstance(stopped, str) else set()


def _of_what_came_out(attack: Attack, run: Mapping[str, Any], mark: str) -> Iterator[str]:
    everything = json.dumps(run)
    texts = "".join(json.dumps(run, ensure_ascii=False))
    if mark in everything:
        yield f"it saw a canary: {everything[everything.index(mark) :][:80]}"
    if attack.never and any(attack.never in each for each in (texts, str(run["result"]), run["stdout"], run["stderr"])):
        yield f"{attack.never!r} came out"
    for name in ("stdout", "stderr", "traceback"):
        if len(run[name]) > LARGEST_TEXT:
            yield f"{len(run[name])} characters of {name} were kept"
    if len(run["reason"]) > LARGEST_REASON or "\n" in run["reason"]:
        yield "the reason is no short sentence"


def _of_the_runner(attack: Attack, trial: Mapping[str, Any]) -> Iterator[str]:
    yield from trial["grown"]
    yield from (f"changed on the host: {each}" for each in trial["harm"])
    yield from (f"another business was not served: {each}" for each in trial["unserved"])
    if not trial["served"]:
        yield "no other business was served"
    if trial["peak"] > LARGEST_GROWTH:
        yield f"the runner grew by {trial['peak'] // MIB} MiB"
    if attack.examined and trial["seen"] != ["nothing wrong"]:
        yield f"from outside: {trial['seen'] or 'it was not seen'}"
