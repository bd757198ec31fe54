"""Files that survive a kill at any point, and locks that the kernel lets go of when their holder dies."""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stack import StackError


def write_atomically(path: Path, text: str, mode: int = 0o600) -> None:
    """Replace the file whole or not at all; readable by others only where `mode` says so."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, mode)
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    temporary.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def write_json(path: Path, value: dict[str, Any], mode: int = 0o600) -> None:
    write_atomically(path, json.dumps(value, indent=2) + "\n", mode)


def read_json(path: Path) -> dict[str, Any] | None:
    """The file's object; None where it is missing. Raises StackError for a file that holds anything else."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StackError(f"{path} cannot be read ({error}). Restore it from a copy.") from error
    if not isinstance(value, dict):
        raise StackError(f"{path} does not hold a JSON object. Restore it from a copy.")
    return value


def make_data_dir(data_dir: Path) -> Path:
    """The directory itself, made where missing, private to its owner. Raises StackError."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        resolved = data_dir.resolve()
        if not os.access(resolved, os.R_OK | os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "not writable")
    except OSError as error:
        reason = error.strerror or error
        raise StackError(f"DATA_DIR {data_dir} cannot be used: {reason}. Name a directory you may write to.") from error
    return resolved


class Lock:
    """A lock on a file, shared or exclusive; gone with its holder, also after kill -9."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self, *, shared: bool = False, wait: bool = True) -> bool:
        """Take the lock, or change the kind that is held; False where another holds it and `wait` is false."""
        if self._descriptor is None:
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        operation = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
        try:
            fcntl.flock(self._descriptor, operation)
        except BlockingIOError:
            return False
        return True

    def write(self, text: str) -> None:
        """Leave word in the file for those who find it locked."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, text.encode(), 0)

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    @contextmanager
    def held(self) -> Iterator[None]:
        self.acquire()
        try:
            yield
        finally:
            self.release()


def is_locked(path: Path) -> bool:
    """Whether a living process holds the lock exclusively."""
    if not path.exists():
        return False
    lock = Lock(path)
    try:
        return not lock.acquire(shared=True, wait=False)
    finally:
        lock.release()
