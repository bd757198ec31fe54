"""Named crash points: nothing in production, a death at a chosen line where a fault run asks for one.

A process that starts with FAULTS_DIR in its environment looks, at each point it reaches, for the file `armed/<point>`
below that directory: `kill`, `pause` or `cut`, and after a colon the kind of process it is meant for, if any. The first
that reaches it takes the file away, appends a line to `fired.jsonl` and does as it says.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from pathlib import Path

# Which kinds of process reach a point, and what it stands between.
POINTS: dict[str, tuple[tuple[str, ...], str]] = {
    "after_verify": (("web",), "a webhook's signature is checked, nothing is stored"),
    "in_store": (("web",), "a message is written, its transaction is open"),
    "after_store": (("web",), "the message is stored, no hint is published and the service has no answer"),
    "after_hint": (("web",), "the hint is on its way, the service has no answer"),
    "in_status": (("web",), "a status report is applied, its transaction is open"),
    "in_dead_letter": (("web",), "a dead letter is written, its transaction is open"),
    "before_publish": (("web", "worker"), "a hint waits for the broker"),
    "before_sweep": (("worker",), "a sweep begins"),
    "in_claim": (("worker",), "work is claimed, the claim's transaction is open"),
    "after_claim": (("worker",), "work is claimed, nothing is begun"),
    "in_begin": (("worker",), "a turn is opened, its transaction is open"),
    "after_begin": (("worker",), "the turn is open, nobody was asked"),
    "after_ask": (("worker",), "Claude has answered, nothing is recorded"),
    "in_record": (("worker",), "a step is written, its transaction is open"),
    "after_record": (("worker",), "the step is recorded, nothing follows from it yet"),
    "before_tool": (("worker",), "a call is recorded as started, the tool has not run"),
    "after_tool": (("worker",), "the tool has run, its result is not recorded"),
    "after_fetch": (("worker",), "a file came from the service, nothing of it is kept"),
    "in_keep": (("worker",), "a file is kept, its row is written, its transaction is open"),
    "in_put_off": (("worker",), "a turn is put off, its transaction is open"),
    "before_commit": (("worker",), "the answer is complete, the commit has not begun"),
    "in_commit": (("worker",), "the turn is committed but for the last word"),
    "after_commit": (("worker",), "the answer is in the outbox, nobody is sending it"),
    "in_mark": (("worker",), "a delivery is marked as sending, its transaction is open"),
    "after_mark": (("worker",), "the delivery is marked, no byte has left"),
    "after_send": (("worker",), "the service has answered, the outcome is not written down"),
    "in_settle": (("worker",), "the outcome is written, its transaction is open"),
    "after_settle": (("worker",), "the outcome is written down, the sender goes on"),
    "in_rest": (("worker",), "the sender gives its work back, its transaction is open"),
    "in_tick": (("worker",), "due tasks have their occurrences and next times, the transaction is open"),
    "after_tick": (("worker",), "due tasks have their occurrences, nobody runs them"),
    "in_occurrence_claim": (("worker",), "occurrences are claimed, the claim's transaction is open"),
    "after_occurrence_claim": (("worker",), "occurrences are claimed, nothing is done"),
    "in_occurrence": (("worker",), "a reminder is in the outbox or a task is handed over, the transaction is open"),
    "after_occurrence": (("worker",), "an occurrence is done or handed over, the next is not begun"),
    "in_occurrence_settle": (("worker",), "the outcome of a task's turn is written, its transaction is open"),
    "in_renew": (("worker",), "leases are renewed, nothing is committed"),
    "in_give_back": (("worker",), "a stopping worker gives leases back"),
    "in_rewrap": (("command",), "a data key is wrapped anew, its transaction is open"),
    "after_rewrap": (("command",), "a data key is wrapped anew, others are not"),
    "in_reseal": (("command",), "a secret is sealed anew, its transaction is open"),
    "after_reseal": (("command",), "a secret is sealed anew, others are not"),
    "erasure_put_away": (("command",), "what a person said is put away, nothing of others is looked through"),
    "erasure_scrubbed": (("command",), "what others hold of a person is cut, the person's own rows are there"),
    "erasure_rows": (("command",), "a person's chats are gone, the person's own row is there"),
    "erasure_done": (("command",), "a person is gone, nobody was told"),
    "before_drop": (("command",), "every secret is sealed anew, the old data keys are still there"),
}


class Faults:
    """The points of one process; `directory` None: there are none."""

    def __init__(self, directory: str | None, process: str) -> None:
        self._directory = Path(directory) if directory else None
        self._process = process

    def reach(self, point: str) -> None:
        if self._directory is None:
            return
        armed = self._directory / "armed" / point
        try:
            action, _, process = armed.read_text().strip().partition(":")
            if process and process != self._process:
                return
            armed.rename(self._directory / "armed" / f".{point}.{os.getpid()}")
        except FileNotFoundError:  # not armed, or another process was first
            return
        self._write_down(point, action)
        ACTIONS[action]()

    def _write_down(self, point: str, action: str) -> None:
        line = {"point": point, "action": action, "process": self._process, "pid": os.getpid(), "at": time.time()}
        with (Path(str(self._directory)) / "fired.jsonl").open("a") as journal:
            journal.write(json.dumps(line) + "\n")


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def pause() -> None:
    """Until whoever armed the point sends SIGCONT."""
    os.kill(os.getpid(), signal.SIGSTOP)


def cut() -> None:
    """Cut every connection that this process has to the database, whichever thread holds it."""
    from django.db import connection

    port = int(connection.settings_dict["PORT"])
    sockets = [
        entry
        for entry in Path("/proc/self/fd").iterdir()
        if entry.is_symlink() and str(entry.readlink()).startswith("socket:")
    ]
    for entry in sockets:
        try:
            with socket.socket(fileno=os.dup(int(entry.name))) as peer:
                if peer.getpeername()[1] == port:
                    peer.shutdown(socket.SHUT_RDWR)
        except OSError:  # listening, of another family, or closed meanwhile
            continue


ACTIONS = {"kill": kill, "pause": pause, "cut": cut}
_faults = Faults(os.environ.get("FAULTS_DIR"), os.environ.get("PROXYSTAFF_PROCESS", "command"))


def fault(point: str) -> None:
    """A place where a fault run may let this process die, stop or lose its database."""
    _faults.reach(point)
