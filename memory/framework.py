"""The framework: what every assistant is told, in numbered versions under `templates/tenant/`.

A version is never edited once it is out: a change is a new folder with its CLAUDE.md and a line in CHANGES.
"""

from __future__ import annotations

import difflib
import logging
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template import engines
from django.utils import timezone

from memory.epochs import begin_anew
from memory.models import Framework
from memory.tags import one_line
from tenants_app import audit
from tenants_app.models import Tenant
from tooling.registry import Role

logger = logging.getLogger(__name__)

FIRST = 1  # of a tenant that nobody applied one to
ROLES: tuple[Role, ...] = ("owner", "staff", "customer")
ANY_CHANNEL = "chat"
LONGEST_NAME = 200
BLANK_LINES = re.compile(r"\n{3,}")


class UnknownVersion(LookupError):
    """There is no such version of the framework."""


def versions() -> list[int]:
    """Oldest first."""
    folders = Path(settings.FRAMEWORK_DIR).iterdir()
    return sorted(int(each.name) for each in folders if each.name.isdecimal() and (each / "CLAUDE.md").is_file())


def newest() -> int:
    return versions()[-1]


def changes_in(version: int) -> str:
    """What it changed, in a line."""
    return (folder_of(version) / "CHANGES").read_text(encoding="utf-8").strip()


def folder_of(version: int) -> Path:
    if version not in versions():
        known = ", ".join(map(str, versions()))
        raise UnknownVersion(f"There is no version {version} of the framework; there are {known}.")
    return Path(settings.FRAMEWORK_DIR) / str(version)


def version_of(tenant: Tenant) -> int:
    """The one that was applied last. Inside the tenant's scope, or as an operator."""
    rows = Framework.objects.filter(tenant=tenant).order_by("-applied_at", "-version")
    version = rows.values_list("version", flat=True).first() or FIRST
    if version in versions():
        return version
    held = newest()
    logger.error("framework.missing", extra={"tenant": str(tenant.pk), "version": version, "instead": held})
    return held


def begin(tenant: Tenant, actor: str) -> None:
    """A new tenant begins with the newest version. Inside its scope."""
    Framework.objects.get_or_create(
        tenant=tenant, version=newest(), defaults={"applied_at": timezone.now(), "applied_by": actor}
    )


def apply(tenant: Tenant, version: int, actor: str) -> bool:
    """Have the tenant's next sessions begin with this version, newer or older; False where it holds already.

    Inside the tenant's scope. Raises UnknownVersion.
    """
    folder_of(version)
    before = version_of(tenant)
    if before == version:
        return False
    Framework.objects.update_or_create(
        tenant=tenant, version=version, defaults={"applied_at": timezone.now(), "applied_by": actor[:150]}
    )
    audit.record(tenant, actor, "framework.applied", f"version {version}", before=before)
    begin_anew(tenant)
    return True


def text_of(tenant: Tenant, role: Role, version: int, channel: str = ANY_CHANNEL) -> str:
    """As it stands in the prompt, without the tenant's own part. Raises UnknownVersion."""
    template = template_at(str(folder_of(version) / "CLAUDE.md"))
    rendered = template.render(
        {
            "name": one_line(tenant.name, LONGEST_NAME),
            "language": tenant.get_language_display(),
            "channel": channel,
            "role": role,
        }
    )
    return BLANK_LINES.sub("\n\n", rendered).strip()


@lru_cache(maxsize=32)
def template_at(path: str) -> Any:
    words = Path(path).read_text(encoding="utf-8")
    return engines["django"].from_string(f"{{% autoescape off %}}{words}{{% endautoescape %}}")


def differences(tenant: Tenant, version: int) -> Iterator[tuple[tuple[Role, ...], str]]:
    """What the version would change for the tenant: unified diffs, each with the roles whose prompt it is."""
    before = version_of(tenant)
    found: dict[str, tuple[Role, ...]] = {}
    for role in ROLES:
        old, new = (text_of(tenant, role, each).splitlines() for each in (before, version))
        names = (f"{tenant.slug}, version {before}", f"{tenant.slug}, version {version}")
        diff = "\n".join(difflib.unified_diff(old, new, *names, n=1, lineterm=""))
        if diff:
            found[diff] = (*found.get(diff, ()), role)
    yield from ((roles, diff) for diff, roles in found.items())
