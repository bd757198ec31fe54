"""What is scheduled, in the export of memory, and what stands there of a person who is erased."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q

from memory import export
from memory.erasure import batched
from memory.export import Page, escaped, moment, one_line, said_line
from messaging import scrubbing
from messaging.scrubbing import Search, cut_column
from scheduling.models import Occurrence, Task
from scheduling.outstanding import outstanding
from tenants_app.marks import ERASED
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope

NAMED_THEM = "Its words named somebody who was erased."


def schedules(tenant: Tenant, contact: Contact | None) -> Iterator[Page]:
    """Every task, or the contact's own, with what came of its times."""
    rows = Task.objects.filter(tenant=tenant)
    rows = rows if contact is None else rows.filter(contact=contact)
    if rows.exists():
        lines = (line for task in batched(rows.select_related("tenant", "contact")) for line in told(task))
        yield Page(path="schedules.md", lines=lines, about="what is scheduled, and what came of it")


def told(task: Task) -> Iterator[str]:
    yield f"## {escaped(one_line(task.title))}"
    yield ""
    yield f"- For {escaped(one_line(task.contact.name)) or 'somebody'}; {task.kind}, {task.state}"
    yield f"- When: {escaped(one_line(task.phrase or task.rule))} ({task.zone_name})"
    yield f"- What: {escaped(one_line(task.instruction))}"
    yield ""
    for row in batched(Occurrence.objects.filter(tenant=task.tenant_id, task=task)):
        more = f" and {row.times - 1} more until {moment(row.last_for, task.zone)}" if row.last_for else ""
        yield said_line(row.scheduled_for, f"{row.state}{more}", row.reason or row.output, task.zone)
    yield ""


def scrub(search: Search) -> int:
    """The words by which the team's tasks name the person, and what was said because of them. A task that lost words
    of what it is to say or do does not run any more."""
    tasks = Task.objects.filter(tenant=search.tenant)
    changed = cut_column(tasks, search.marks, "title", "instruction", "phrase", "state_reason")
    with tenant_scope(search.tenant):
        cut = outstanding(tasks.filter(instruction__contains=ERASED)).exclude(state=Task.State.DISABLED)
        cut.update(state=Task.State.DISABLED, state_reason=NAMED_THEM, next_run_at=None)
    said = Occurrence.objects.filter(tenant=search.tenant).exclude(Q(output="") & Q(reason=""))
    return changed + cut_column(said, search.marks, "output", "reason")


export.register(schedules)
scrubbing.register(scrub)
