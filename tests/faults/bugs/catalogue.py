"""The ten bugs. Each takes one guard away; the checker must find what then goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.bugs.surgery import edit, rewrite


@dataclass(frozen=True, kw_only=True)
class Bug:
    """`bring_in` imports the product, so it runs in a process of it, once its apps are ready.

    `needs`: what a history must hold for the bug to show, in the words of its plan; "points:<name>:<action>" arms that
    point. `rules`: of the checker, of which one at least finds it. `processes`: those that the guard stands in.
    """

    name: str
    fails: str
    needs: tuple[str, ...]
    rules: frozenset[str]
    processes: frozenset[str]
    bring_in: Callable[[], None]


def no_epoch_check() -> None:
    from messaging import turn_end, work
    from messaging.recorder import Recorder

    edit(
        work.guard,
        ("WHERE id = %s AND epoch = %s", "WHERE id = %s"),
        ("[claim.work_id, claim.epoch]", "[claim.work_id]"),
    )
    edit(work.release, ("pk=claim.work_id, epoch=claim.epoch", "pk=claim.work_id"))
    rewrite(
        turn_end,
        "END",
        ("id = %(work)s AND epoch = %(epoch)s", "id = %(work)s"),
        ("id = %(turn)s AND status = 'open'", "id = %(turn)s"),
    )
    # The number of the last step, which is written with the end, would stop the second one too.
    edit(Recorder.insert, ("bulk_create(rows)", "bulk_create(rows, ignore_conflicts=True)"))


def no_unique_key() -> None:
    from messaging import inbox

    # The guard stands in the database, see `database`; here it is only made sure that the way goes through there.
    rewrite(inbox, "STORE_MESSAGE", ("FROM messaging_store(", "FROM messaging_store("))


def hint_without_sweep() -> None:
    from messaging.worker import Worker

    edit(
        Worker._sweep_kind,
        ("while not self.stopping.is_set() and self._slots.acquire", "while False and self._slots.acquire"),
    )


def blind_resend() -> None:
    from messaging import outbox, settling

    edit(outbox.find_in_doubt, ("may_resend(tenant, found.kind, found.attempts)", "found.attempts < 5"))
    edit(settling.verdict, ("may_resend(tenant, head.kind, head.attempts)", "head.attempts < 5"))


def no_heartbeat() -> None:
    from messaging.leases import Heart

    edit(Heart._run, ("self._renew(claims, own)", "pass"))


def order_by_id() -> None:
    from messaging import outbox, turn_begin

    edit(turn_begin.with_writers, ('.order_by("seq")', '.order_by("id")'))
    rewrite(outbox, "NEXT", ("ORDER BY o.seq", "ORDER BY o.id"))


def tenant_left_set() -> None:
    from tenants_app import scope

    for_good = """sql.SQL("set_config({}, {}, " + ("false)" if name == "app.tenant_id" else "true)"))"""
    edit(scope.begin, ('sql.SQL("set_config({}, {}, true)")', for_good))
    edit(scope.set_tenant, ("set_config('app.tenant_id', %s, true)", "set_config('app.tenant_id', %s, false)"))


def step_after_tool() -> None:
    from tooling.loop import _Turn

    before = """    for call in fresh:
        self.add(ToolStartedStep(tool_use_id=call.id, name=call.name, arguments=call.arguments))
"""
    ran = "self._tell(call, result)"
    after = f"""if call in fresh:
            self.add(ToolStartedStep(tool_use_id=call.id, name=call.name, arguments=call.arguments))
        {ran}"""
    edit(_Turn.answer, (before, ""), (ran, after))


def status_not_monotonic() -> None:
    from messaging import statuses

    edit(statuses.move, ("pk=delivery_id, status__in=sources", "pk=delivery_id"))


def dead_letter_emptied() -> None:
    from messaging import inbox

    edit(inbox.keep_dead_letter, ("raw=raw)", 'raw=b"")'))
    edit(inbox.keep_unrouted, ("raw=raw)", 'raw=b"")'))


WEB, WORKER, BOTH = frozenset({"web"}), frozenset({"worker"}), frozenset({"web", "worker"})
_ALL = [
    Bug(
        name="no_epoch_check",
        fails="A worker that was paused beyond its lease commits its turn although another has committed it.",
        needs=("pauses", "points:before_commit:pause"),
        rules=frozenset({"twice", "resent", "tools"}),
        processes=WORKER,
        bring_in=no_epoch_check,
    ),
    Bug(
        name="no_unique_key",
        fails="A webhook that is delivered again is stored and answered again.",
        needs=("duplicates",),
        rules=frozenset({"twice", "resent", "tools"}),
        processes=WEB,
        bring_in=no_unique_key,
    ),
    Bug(
        name="hint_without_sweep",
        fails="Work whose hint was lost with the broker, or whose worker died, is found by nobody.",
        needs=("flush", "valkey_down", "kills", "points:after_claim:kill"),
        rules=frozenset({"lost", "quiet"}),
        processes=WORKER,
        bring_in=hint_without_sweep,
    ),
    Bug(
        name="blind_resend",
        fails="A send of which nobody knows whether it arrived is made again.",
        needs=("lost_answers", "points:after_send:kill"),
        rules=frozenset({"resent"}),
        processes=WORKER,
        bring_in=blind_resend,
    ),
    Bug(
        name="no_heartbeat",
        fails="A turn that takes longer than the lease is begun again and again, and is never committed.",
        needs=("slow",),
        rules=frozenset({"answers", "lost", "quiet", "resent", "twice"}),
        processes=WORKER,
        bring_in=no_heartbeat,
    ),
    Bug(
        name="order_by_id",
        fails="Messages are put in the order of the clocks of the hosts that took them.",
        needs=("slow",),
        rules=frozenset({"order"}),
        processes=WORKER,
        bring_in=order_by_id,
    ),
    Bug(
        name="tenant_left_set",
        fails="A connection goes back to the pool with a tenant set, and shows that tenant's rows to whoever is next.",
        needs=(),
        rules=frozenset({"tenants"}),
        processes=BOTH,
        bring_in=tenant_left_set,
    ),
    Bug(
        name="step_after_tool",
        fails="A tool whose worker died while it ran is run again, as nothing says that it had begun.",
        needs=("bells", "points:after_tool:kill"),
        rules=frozenset({"tools"}),
        processes=WORKER,
        bring_in=step_after_tool,
    ),
    Bug(
        name="status_not_monotonic",
        fails="A report that comes late takes back what a later one had said.",
        needs=("statuses",),
        rules=frozenset({"statuses"}),
        processes=WEB,
        bring_in=status_not_monotonic,
    ),
    Bug(
        name="dead_letter_emptied",
        fails="What could not be read is noted and not kept.",
        needs=("garbage",),
        rules=frozenset({"letters"}),
        processes=WEB,
        bring_in=dead_letter_emptied,
    ),
]
BUGS = {bug.name: bug for bug in _ALL}
