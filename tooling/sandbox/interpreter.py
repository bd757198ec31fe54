"""What of the host a script's Python needs: the executable, its library and the shared objects these load. No Django.

All bound read-only, each at its own path. Packages of the host are not among it.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# Extensions of the standard library that make no sense without a terminal or a screen.
_LEFT_OUT = ("readline", "_curses", "_tkinter", "_dbm", "_gdbm", "nis", "ossaudiodev", "_test", "_xx", "xx")
_HIDDEN = ("site-packages", "dist-packages")
ZONES = Path("/usr/share/zoneinfo")  # where zoneinfo and the C library look


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    executable: Path
    bound: tuple[Path, ...]  # files and directories
    hidden: tuple[Path, ...]  # directories in the bound ones that are shown empty
    zones: Path | None  # shown at ZONES


class Unreadable(Exception):
    """The interpreter's files cannot be found out; the message says what to install."""


@cache
def interpreter() -> Interpreter:
    """That of this process, without its virtual environment."""
    executable = Path(os.path.realpath(sys.executable))
    library = Path(os.path.realpath(sysconfig.get_path("stdlib")))
    dynamic = Path(os.path.realpath(sys.base_exec_prefix)) / "lib" / library.name / "lib-dynload"
    roots = [library] if dynamic.is_relative_to(library) else [library, dynamic]
    objects = _objects([executable, *_extensions(dynamic)])
    return Interpreter(
        executable=executable,
        bound=(executable, *roots, *(path for path in objects if not path.is_relative_to(library))),
        hidden=tuple(library / name for name in _HIDDEN if (library / name).is_dir()),
        zones=_zones(),
    )


@cache
def objects_of(packages: Path) -> tuple[Path, ...]:
    """The host's shared objects that the extensions among installed packages load, beside the interpreter's own."""
    have = interpreter().bound
    found = _objects(sorted(path for path in packages.rglob("*.so*") if path.is_file()))
    return tuple(path for path in found if path not in have and not path.is_relative_to(packages))


def _extensions(directory: Path) -> list[Path]:
    return [path for path in sorted(directory.glob("*.so")) if not path.name.startswith(_LEFT_OUT)]


def _objects(files: list[Path]) -> list[Path]:
    """By the names under which they are looked up."""
    if not files:
        return []
    try:
        listed = subprocess.run(
            ["ldd", *map(str, files)], capture_output=True, text=True, check=False, env={"PATH": os.defpath}
        )
    except FileNotFoundError:
        raise Unreadable("`ldd` is missing: it belongs to the C library (Debian and Ubuntu: libc-bin)") from None
    return sorted(set(_named(listed.stdout.splitlines())))


def _named(lines: Iterable[str]) -> Iterable[Path]:
    """From lines as "libm.so.6 => /lib/libm.so.6 (0x…)" and "/lib64/ld-linux-x86-64.so.2 (0x…)"."""
    for line in lines:
        words = line.split()
        if not line[:1].isspace() or not words:
            continue
        name = words[2] if words[1:2] == ["=>"] and len(words) > 2 else words[0]
        if name.startswith("/") and Path(name).exists():
            yield Path(os.path.normpath(name))


def _zones() -> Path | None:
    """Time zones as files: the system's, else those of the `tzdata` package."""
    if (ZONES / "UTC").exists():
        return ZONES
    package = importlib.util.find_spec("tzdata")
    where = package.submodule_search_locations if package else None
    return Path(next(iter(where))) / "zoneinfo" if where else None
