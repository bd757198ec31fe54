"""The processes of an installation: how each is started, and when it is up."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stack.settings import MESSENGERS

QUEUES = "turns,tools,schedules,learning"
WEB_THREADS = "16"  # no more than the database pool of a web process holds
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Part:
    """One process. `url` is asked until it answers with a status under `below`; without one, living is enough."""

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    url: str | None = None
    below: int = 300


def python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, *arguments)


def address(port: int, host: str = "127.0.0.1") -> str:
    """Where a process that listens on `host` is reached from this machine."""
    shown = "127.0.0.1" if host in {"0.0.0.0", "", "::"} else host  # noqa: S104 compared, not listened on
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"


def double(name: str, port: int, data_dir: Path) -> Part:
    state = data_dir / "simulators" / f"{name}.json"
    argv = python("-m", f"simulators.{name}", "--host", "127.0.0.1", "--port", str(port), "--state", str(state))
    return Part(name, argv, url=f"{address(port)}/_sim/ready", below=500)


def phone(ports: Mapping[str, int], doubles: list[str], web_url: str) -> Part | None:
    """The phone page, where there is a messenger's double to talk to."""
    if not set(doubles) & set(MESSENGERS):
        return None
    argv = ["-m", "simulators.phone", "--host", "127.0.0.1", "--port", str(ports["phone"]), "--web", web_url]
    for name in doubles:
        argv += [f"--{name}", address(ports[name])]
    return Part("phone", python(*argv), url=address(ports["phone"]), below=500)


def _granian(host: str, port: int, threads: str) -> tuple[str, ...]:
    # Backpressure stays at its default, 1024 connections a worker: idle ones that are kept alive count.
    return python(
        *("-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--http", "1", "--no-ws"),
        *("--workers", "1", "--blocking-threads", threads, "--respawn-failed-workers", "--workers-kill-timeout", "10"),
        *("--log-level", "warning", "--no-access-log", "config.wsgi:application"),
    )


def web(host: str, port: int, run_file: Path) -> Part:
    environment = {"PROXYSTAFF_PROCESS": "web", "RUN_FILE": str(run_file)}
    return Part("web", _granian(host, port, WEB_THREADS), environment, f"{address(port, host)}/healthz")


def admin(port: int) -> Part:
    environment = {"PROXYSTAFF_PROCESS": "admin"}
    return Part("admin", _granian("127.0.0.1", port, "8"), environment, f"{address(port)}/healthz")


def worker(threads: str) -> Part:
    argv = python(
        *("-m", "celery", "-A", "config", "worker", "--pool", "threads", "--concurrency", threads, "-Q", QUEUES),
        *("--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "warning"),
    )
    return Part("worker", argv, {"PROXYSTAFF_PROCESS": "worker"})


def beat() -> Part:
    scheduler = "django_celery_beat.schedulers:DatabaseScheduler"
    argv = python("-m", "celery", "-A", "config", "beat", "--scheduler", scheduler, "-l", "warning", "--pidfile=")
    return Part("beat", argv, {"PROXYSTAFF_PROCESS": "beat"})


def answers(url: str, *, below: int, seconds: float = 2) -> bool:
    """Whether something at the URL answers with a status under `below`."""
    try:
        with _direct.open(url, timeout=seconds) as response:
            return bool(response.status < below)
    except urllib.error.HTTPError as error:
        with error:
            return error.code < below
    except (OSError, ValueError):  # refused, reset, cut short, too slow
        return False
