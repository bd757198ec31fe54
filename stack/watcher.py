"""`python -m stack.watcher DIRECTORY [--remove]`: ends the servers of a directory once nobody uses it any more.

Everybody who uses the servers holds a shared lock on DIRECTORY/users.lock. The kernel lets go of it when they die,
however they die; then this process gets it alone, stops PostgreSQL and Valkey and, with `--remove`, removes DIRECTORY.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

from stack.process import end, spawn, with_environment, working_in
from stack.state import Lock

USERS = "users.lock"
MARK = "PROXYSTAFF_STACK"  # in the environment of every process that a supervisor started: its DATA_DIR


def watch(directory: Path, *, remove: bool = False) -> subprocess.Popen[bytes]:
    """Start the watcher; the caller holds the users' lock, shared, already."""
    argv = [sys.executable, "-m", "stack.watcher", str(directory), *(["--remove"] if remove else [])]
    root = Path(__file__).resolve().parent.parent
    return spawn(argv, log=directory / "watcher.log", env={"PYTHONPATH": str(root), "PATH": ""}, cwd=root)


def stop_servers(directory: Path) -> None:
    """Stop what runs over the directory; PostgreSQL's backends end with their postmaster."""
    end(with_environment(MARK, str(directory)))
    processes = working_in(directory / "postgres", "postgres")
    postmaster = [p for p in processes if _is_postmaster(directory, p.pid)]
    end(postmaster, first=signal.SIGINT, patience=10)
    end(working_in(directory / "postgres", "postgres"), first=signal.SIGQUIT)
    end(working_in(directory / "valkey", "valkey-server"))


def _is_postmaster(directory: Path, pid: int) -> bool:
    try:
        return (directory / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0] == str(pid)
    except OSError:
        return False


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # Ctrl-C is for those who are watched
    directory = Path(sys.argv[1])
    lock = Lock(directory / USERS)
    lock.acquire()
    stop_servers(directory)
    if "--remove" in sys.argv:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
