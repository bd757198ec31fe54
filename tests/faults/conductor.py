"""Carries a plan out: at each step's time, its method here is called with its values."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.faults.installation import Installation
from tests.faults.plan import Plan, Step
from tests.faults.processes import Process
from tests.faults.tokens import parse
from tests.faults.traffic import Letter, Poster

logger = logging.getLogger(__name__)


class Conductor:
    def __init__(self, installation: Installation, poster: Poster) -> None:
        self.installation, self.poster = installation, poster
        self._servers = threading.Lock()  # PostgreSQL and Valkey are restarted one at a time

    def carry_out(self, plan: Plan) -> None:
        """Returns when the last step is done. What takes a while runs beside the steps that follow."""
        began = time.monotonic()
        with ThreadPoolExecutor(16, thread_name_prefix="step") as beside:
            running = []
            for step in plan.steps:
                time.sleep(max(0.0, began + step.at - time.monotonic()))
                running.append(beside.submit(self._do, step))
            for done in running:
                done.result()

    def _do(self, step: Step) -> None:
        try:
            getattr(self, step.what)(**step.values)
        except Exception:
            logger.exception("The step %s %s failed.", step.what, dict(step.values))
            raise

    # Traffic

    def letter(
        self,
        token: str,
        text: str,
        hold: float = 0.0,
        again: Sequence[float] = (),
        twice: bool = False,
        picture: bool = False,
    ) -> None:
        of = parse(token)
        shown = self.installation.doubles.pictures[of.tenant] if picture else ""
        self.poster.post(Letter(of, text, hold, tuple(again), twice, shown))

    def batch(self, letters: Sequence[Mapping[str, Any]]) -> None:
        self.poster.post(*(Letter(parse(each["token"]), each["text"]) for each in letters))

    def garbage(self, token: str, shape: str) -> None:
        self.poster.post_garbage(parse(token), shape)

    # Processes

    def kill(self, process: str) -> None:
        found = self._process(process)
        self._note(f"kill {found.kind}", process, (found.kind,))
        self.installation.supervisor.kill(found)

    def pause(self, process: str) -> None:
        found, seconds = self._process(process), self.installation.size.pause_seconds
        self._note(f"pause {found.kind}", process, (found.kind,), seconds)
        self.installation.supervisor.pause(found, seconds)

    def arm(self, point: str, action: str, kind: str = "") -> None:
        self.installation.arm(point, action, kind)

    # Servers and the wires to them

    def flush(self) -> None:
        with self._servers:
            self._note("flush", "", ("valkey",))
            self.installation.servers.flush()

    def restart_valkey(self) -> None:
        with self._servers:
            self._note("valkey restart", "", ("valkey",))
            self.installation.servers.stop_valkey()
            self.installation.servers.start_valkey()

    def valkey_down(self, seconds: float) -> None:
        with self._servers:
            self._note("valkey down", "", ("valkey",), seconds)
            self.installation.servers.stop_valkey()
            time.sleep(seconds)
            self.installation.servers.start_valkey()

    def restart_postgres(self, how: str) -> None:
        with self._servers:
            self._note("postgres restart", how, ("postgres",), 5.0)
            self.installation.servers.restart_postgres(how)

    def net(self, process: str, service: str, how: str, seconds: float, **values: Any) -> None:
        """Harm one process's way to the database or the broker for so long."""
        proxy = self.installation.proxies[process, service]
        kind = process.partition("-")[0]
        touches = (kind, "postgres") if service == "database" else (kind, "valkey")
        self._note(f"net {how}", f"{process} {service}", touches, seconds)
        given = values["delay"] if how == "delay" else None
        call = getattr(proxy, how)
        if how == "cut_after":
            call(values["count"], values["direction"])
        else:
            call() if given is None else call(given)
        time.sleep(seconds)
        proxy.pass_on()

    # The services

    def fault(self, double: str, fault: Mapping[str, Any]) -> None:
        name = "claude" if double == "anthropic" else double
        self._note(f"{name} {fault['kind']}", "", (name,))
        self.installation.doubles.fault(double, fault)

    def _process(self, name: str) -> Process:
        return next(each for each in self.installation.supervisor.processes if each.name == name)

    def _note(self, what: str, detail: str, touches: tuple[str, ...], seconds: float | None = None) -> None:
        self.installation.journal.inject(what, detail, touches, seconds)
