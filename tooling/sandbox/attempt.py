"""One run under bubblewrap, from the job on standard input to the one document in which it ends. No Django.

A run has its own process, pipes and descriptors, and the calling thread reads them.
"""

from __future__ import annotations

import json
import signal
import time

from tooling.sandbox.launch import Launched, launch
from tooling.sandbox.results import Unfit, strict
from tooling.sandbox.shown import in_one_line, seen
from tooling.sandbox.types import ALL, MEBIBYTE, Layers, Network, Run, Script
from tooling.sandbox.watch import Watch

FLOOD = 8 * MEBIBYTE
_TICK_SECONDS = 0.05
_DYING_SECONDS = 20.0


def attempt(script: Script, network: Network | None = None, *, layers: Layers = ALL) -> Run:
    """Runs the script with these layers, whether they are known to work here or not; what it tells is not yet fit to be
    shown."""
    try:
        return _attempt(script, network, layers, time.monotonic())
    finally:
        if network is not None:
            network.close()


def _attempt(script: Script, network: Network | None, layers: Layers, started: float) -> Run:
    try:
        launched = launch(script, layers, network=network is not None)
    except (TypeError, ValueError, RecursionError) as error:
        return Run(outcome="refused", reason=in_one_line(f"The script could not be handed over: {error}"))
    watch = Watch(launched, network)
    try:
        ended = _follow(launched, watch, script.seconds, started, layers)
        _bury(launched, watch)
    finally:
        if launched.process.poll() is None:
            launched.process.kill()
            launched.process.wait()
        watch.close()
        launched.close()
    return _told(launched, ended or _document(launched, watch, layers), ms=round((time.monotonic() - started) * 1000))


def _follow(launched: Launched, watch: Watch, seconds: float, started: float, layers: Layers) -> Run | None:
    """Until the run ends of itself, or must not go on: then why."""
    while not watch.exited:
        launched.pipes.wait(_TICK_SECONDS)
        watch.find()
        if "deadline" in layers and time.monotonic() - started > seconds:
            return Run(outcome="timeout", reason=f"The script did not end in its {seconds:g} seconds.")
        if "output" in layers and launched.stdout.total + launched.stderr.total + launched.document.total > FLOOD:
            return Run(outcome="killed", reason=f"The script wrote more than {FLOOD // MEBIBYTE} MiB of output.")
        if "watch" in layers and (excess := watch.excess()):
            return Run(outcome="killed", reason=f"The script was ended: {excess}.")
    return None


def _bury(launched: Launched, watch: Watch) -> None:
    """Returns once nothing of the run is alive: the launcher ends after the last process inside."""
    if not watch.exited:
        watch.kill()
    launched.process.wait(_DYING_SECONDS)
    deadline = time.monotonic() + 1
    while not launched.pipes.ended and time.monotonic() < deadline:
        launched.pipes.wait(_TICK_SECONDS)


def _document(launched: Launched, watch: Watch, layers: Layers) -> Run:
    """What the run wrote at its end, or why it wrote nothing."""
    status = launched.process.returncode
    kind, _, data = bytes(launched.document.data).partition(b"\n")
    if not watch.begun and status:
        return Run(outcome="refused", reason="The sandbox could not be set up.", traceback=_text(launched.stderr.data))
    if not kind:
        return _without_result(status)
    if launched.document.dropped:
        return Run(outcome="refused", reason="The result is not acceptable: it is too large.")
    try:
        value = strict(data) if "results" in layers else json.loads(data)
    except Unfit as error:
        return Run(outcome="refused", reason=in_one_line(f"The result is not acceptable: {error}"))
    if kind == b"ok":
        return Run(outcome="ok", result=value)
    told = value if isinstance(value, dict) else {}  # by the shim; but the script may have written anything there
    reason = str(told.get("error", ""))
    if kind == b"unfit":
        return Run(outcome="refused", reason=in_one_line(f"The result is not acceptable: {reason}"))
    traceback = seen(str(told.get("traceback", "")))
    return Run(outcome="error", reason=in_one_line(reason or "The script failed."), traceback=traceback)


def _without_result(status: int) -> Run:
    number = -status if status < 0 else status - 128
    if number == signal.SIGKILL:
        return Run(outcome="killed", reason="The script used up its processor time or memory, or left with status 137.")
    try:
        name = signal.Signals(number).name
    except ValueError:
        return Run(outcome="error", reason="The script ended without a result.")
    return Run(outcome="killed", reason=f"The script crashed, or ended itself ({name}).")


def _told(launched: Launched, ended: Run, *, ms: int) -> Run:
    return Run(
        outcome=ended.outcome,
        reason=ended.reason,
        result=ended.result,
        stdout=_text(launched.stdout.data),
        stderr=_text(launched.stderr.data),
        traceback=ended.traceback,
        ms=ms,
    )


def _text(data: bytearray) -> str:
    return seen(data.decode(errors="replace"))
