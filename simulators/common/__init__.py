"""What every double of a remote service shares: a journal, a fault queue, a clock, a control API and a runner.

A double subclasses `Double`, adds its routes and starts with `run`. Every double then has:

    GET    /_sim/health     {"service": name, "ok": true}
    GET    /_sim/journal    {"calls": [{"method", "path", "headers", "body", "at"}]}, oldest first: every call received
                            except those to /_sim/*. `body` holds the parameters as an object whether they came as
                            JSON, form or multipart (a file as {"name", "size", "type"}), else null. `at`: Unix
                            seconds. `?details=1` adds "query", "status" (null while unanswered), "fault" (the kind of
                            the fault that was applied, or null) and "note" (why a body is missing, or null).
                            `?since=N` leaves out the first N calls and adds "next", the N to ask with next time.
    POST   /_sim/reset      forgets everything: journal, faults, clock, accounts and what else the double holds
    POST   /_sim/faults     {"faults": [{"kind": …, "times"?: 1 | n | "always", "after"?: n, "match"?: {…}, …}],
                            "times"?, "after"?, "match"?}; the outer ones are the defaults of each fault. A call takes
                            the first fault that matches it; `after` lets that many matching calls pass first.
                            `match` compares facts of the call: "name": value is equality, "name_contains": text is
                            containment. The kinds and facts are the double's own and stand in its docstring.
    GET    /_sim/faults     {"faults": [those still to come]}
    DELETE /_sim/faults     clears them
    POST   /_sim/clock      {"advance_seconds": s}: time goes on at once; answers {"now": Unix seconds}

Faulty control bodies get 400 {"error": what was wrong}.
"""

from simulators.common.control import ControlError, control, control_body
from simulators.common.double import Double
from simulators.common.faults import Fault, matches
from simulators.common.runner import main, serve_in_thread

__all__ = ["ControlError", "Double", "Fault", "control", "control_body", "main", "matches", "serve_in_thread"]
