"""Third-party packages that tenants' scripts may import: an operator's list, installed once, read-only inside.

Each installation is a directory of its own; a link names the current one, so that no run ever sees half of them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.utils import timezone

CURRENT = "current"
KEPT = 2  # the current one, and the one before it, which runs may still have open


class InstallError(Exception):
    """Why the packages were not installed; what was there before is in use."""


def directory() -> Path | None:
    """What `Script.packages` takes."""
    current = Path(settings.TOOL_PACKAGES_DIR) / CURRENT
    return current.resolve() if current.is_dir() else None


def installed() -> list[str]:
    """Names and versions, sorted."""
    found = directory()
    if found is None:
        return []
    names = (path.name.removesuffix(".dist-info") for path in found.glob("*.dist-info"))
    return sorted(" ".join(name.rsplit("-", 1)) for name in names)


def install(requirements: Path) -> list[str]:
    """Install exactly these, as wheels, in place of those before; raises InstallError with pip's own words."""
    root = Path(settings.TOOL_PACKAGES_DIR)
    fresh = root / f"{timezone.now():%Y%m%dT%H%M%S%f}"
    try:
        root.mkdir(parents=True, exist_ok=True)
        _pip(requirements, fresh)
        fresh.mkdir(exist_ok=True)  # an empty list makes no directory
        link = root / f"{CURRENT}.new"
        link.unlink(missing_ok=True)
        link.symlink_to(fresh.name)
        link.replace(root / CURRENT)
    except (OSError, InstallError) as error:
        shutil.rmtree(fresh, ignore_errors=True)
        raise InstallError(str(error)) from error
    for old in sorted(path for path in root.iterdir() if path.is_dir() and not path.is_symlink())[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return installed()


def _pip(requirements: Path, target: Path) -> None:
    words = ["install", "--target", str(target), "--only-binary", ":all:", "--requirement", str(requirements)]
    quiet = ["--no-input", "--disable-pip-version-check", "--quiet", "--no-cache-dir"]
    ended = subprocess.run(
        [sys.executable, "-m", "pip", *words, *quiet],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        check=False,
    )
    if ended.returncode:
        raise InstallError(ended.stderr.strip()[-2000:] or f"pip ended with {ended.returncode}")
