"""`python -m stack up | status | stop`: the installation in DATA_DIR (default .data), for people."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from stack import StackError
from stack.children import bound_logs
from stack.environment import INSTALLATION, SUPERVISOR_LOCK
from stack.process import Identity, Waiting, wait_until
from stack.settings import LOOPBACK, check, data_dir_of, read_settings
from stack.state import Lock, is_locked, make_data_dir, read_json
from stack.supervisor import Interrupted, Supervisor, raise_file_limit

SERVICE_NAMES = {
    "anthropic": "Claude",
    "whatsapp": "WhatsApp",
    "telegram": "Telegram",
    "transcriber": "transcripts of voice notes",
}
LOCK_SECONDS = 2  # a command that only looks whether somebody holds the lock has it for an instant
STOP_SECONDS = 40


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def up(settings: dict[str, str]) -> int:
    check(settings)
    data_dir = make_data_dir(data_dir_of(settings))
    lock = Lock(data_dir / SUPERVISOR_LOCK)
    if not wait_until(lambda: lock.acquire(wait=False), LOCK_SECONDS, pause=0.1):
        return report_running(data_dir, "ProxyStaff runs already; nothing was started.")
    own = Identity.of(os.getpid())
    lock.write(json.dumps(own and own.as_json()))
    bound_logs(data_dir)
    raise_file_limit()
    supervisor = Supervisor(data_dir, settings, say)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
            signal.signal(number, supervisor.interrupt)
    Waiting.interrupt = supervisor.check
    try:
        say(f"Starting ProxyStaff in {data_dir} ...")
        supervisor.start()
        sys.stdout.write(announcement(supervisor))
        sys.stdout.flush()
        supervisor.watch()
    except Interrupted:
        say("Stopping ... (once more to stop at once)")
        return 0
    except StackError as error:
        say(f"ProxyStaff could not be started. {error}")
        return 1
    finally:
        supervisor.stop()
        say("Stopped.")


def announcement(supervisor: Supervisor) -> str:
    run, operator = supervisor.run, supervisor.operator
    password = operator.get("password")
    secret = f"one-time password {password}" if password else "the password you chose"
    rows = [
        ("Phone", run.get("phone", ""), "write to the assistant from a simulated phone"),
        ("Web", run["web"], f"webhooks are registered under {supervisor.environment['PUBLIC_URL']}"),
        ("Admin", f"{run['admin']}/admin/", f"user {operator.get('username')}, {secret}"),
        ("Simulated", ", ".join(SERVICE_NAMES[name] for name in supervisor.doubles), "see .env.example for real ones"),
        ("Logs", str(supervisor.data_dir / "logs"), ""),
        ("Stop", "Ctrl-C", ""),
    ]
    lines = [f"  {name:<10} {value}" + (f"   ({note})" if note else "") for name, value, note in rows if value]
    return "\n".join(["", "ProxyStaff is ready.", "", *lines, *_notes(supervisor), "", ""])


def _notes(supervisor: Supervisor) -> list[str]:
    real = [name for name in ("whatsapp", "telegram") if name not in supervisor.doubles]
    host = urlsplit(supervisor.environment["PUBLIC_URL"]).hostname
    if real and host in LOOPBACK:
        names = " and ".join(SERVICE_NAMES[name] for name in real)
        return ["", f"  {names} cannot reach {host}: set PUBLIC_URL to this machine's https address."]
    return []


def report_running(data_dir: Path, headline: str) -> int:
    state = read_json(data_dir / INSTALLATION) or {}
    run: dict[str, Any] = state.get("run") or {}
    say(headline if run else f"ProxyStaff is being started in {data_dir} by another process.")
    for name in ("phone", "web", "admin"):
        if name in run:
            sys.stdout.write(f"  {name:<10} {run[name]}\n")
    return 0


def status(settings: dict[str, str]) -> int:
    data_dir = data_dir_of(settings)
    if is_locked(data_dir / SUPERVISOR_LOCK):
        return report_running(data_dir, f"ProxyStaff runs in {data_dir}.")
    say(f"Nothing runs in {data_dir}. Start it with: make up")
    return 1


def stop(settings: dict[str, str]) -> int:
    data_dir = data_dir_of(settings)
    path = data_dir / SUPERVISOR_LOCK
    supervisor = Identity.from_json(read_json(path)) if is_locked(path) else None
    if supervisor is None or not supervisor.send(signal.SIGTERM):
        say(f"Nothing runs in {data_dir}.")
        return 0
    if not wait_until(lambda: not supervisor.alive(), STOP_SECONDS, pause=0.1):
        say(f"Process {supervisor.pid} is still stopping.")
        return 1
    say("Stopped.")
    return 0


COMMANDS = {"up": up, "status": status, "stop": stop}


def main() -> int:
    command = COMMANDS.get(sys.argv[1] if len(sys.argv) == 2 else "")
    if command is None:
        say(f"Usage: python -m stack {' | '.join(COMMANDS)}")
        return 2
    try:
        return command(read_settings(os.environ))
    except StackError as error:
        say(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())
