"""Whether a hostile script was held: everything that is wrong with how its run ended."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

from tests.hostile.attacks import MIB, Attack

LARGEST_TEXT = 66_000  # characters of output: 64 KiB and what is said about the rest
TEXTS = ("reason", "stdout", "stderr", "traceback")
MISTAKES = {"SyntaxError", "NameError", "UnboundLocalError", "ImportError", "AttributeError", "KeyError", "IndexError"}
LARGEST_REASON = 2000
LARGEST_GROWTH = 48 * MIB  # of the runner's memory, at its highest


def problems(attack: Attack, trial: Mapping[str, Any]) -> list[str]:
    """Empty where the sandbox held. `trial` is a lane's answer."""
    if "died" in trial:
        return [*harm(trial)]
    run = trial["run"]
    found = [*_of_its_end(attack, run), *_of_what_came_out(attack, run, trial["mark"]), *harm(trial)]
    if attack.examined and trial["seen"] != ["nothing wrong"]:
        found.append(f"from outside: {trial['seen'] or 'it was not seen'}")
    return found


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
    if run["outcome"] == "error" and (attack.reason not in run["reason"] or _own_mistake(attack, run["reason"])):
        yield f"it failed by itself: {run['reason'][:300]}"


def _own_mistake(attack: Attack, reason: str) -> bool:
    """Whether the script cannot have tried what it is for."""
    return not attack.reason and reason.partition(":")[0] in MISTAKES


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
    for disguise in _disguises(mark):
        if disguise in everything:
            yield f"it saw a canary: {everything[everything.index(disguise) :][:80]}"
    texts = (everything, json.dumps(run, ensure_ascii=False), *(run[name] for name in TEXTS))
    if attack.never and any(attack.never in each for each in texts):
        yield f"{attack.never!r} came out"
    for name in ("stdout", "stderr", "traceback"):
        if len(run[name]) > LARGEST_TEXT:
            yield f"{len(run[name])} characters of {name} were kept"
    if len(run["reason"]) > LARGEST_REASON or "\n" in run["reason"]:
        yield "the reason is no short sentence"


def _disguises(mark: str) -> Iterator[str]:
    """It and the codes in which every library writes it, without what depends on its neighbours."""
    data = mark.encode()
    yield from (mark, data.hex(), data.hex().upper())
    percents = "".join(f"%{byte:02x}" for byte in data)
    yield from (percents, percents.upper())
    yield from (b64encode(bytes(before) + data).decode()[4:-4] for before in range(3))


def harm(trial: Mapping[str, Any]) -> Iterator[str]:
    """What was done to the runner, to the host and to other businesses."""
    if "died" in trial:
        yield f"the runner died: {trial['died']}"
        return
    yield from trial["grown"]
    yield from (f"changed on the host: {each}" for each in trial["harm"])
    yield from (f"another business was not served: {each}" for each in trial["unserved"])
    if not trial["served"]:
        yield "no other business was served"
    if trial["peak"] > LARGEST_GROWTH:
        yield f"the runner grew by {trial['peak'] // MIB} MiB"
