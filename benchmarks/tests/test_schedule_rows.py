"""What the rows of the schedules compute from what was seen, and that tasks are not measured twice."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock, Mock

import pytest

from benchmarks.results import Context
from benchmarks.schedules import peers
from benchmarks.schedules.grow import Table

measure = importlib.import_module("benchmarks.schedules.measure")


def bench() -> Any:
    context = Context(directory=Path(), quick=True, say=lambda _: None)
    return measure.Bench(context, measure.QUICK, Mock(), Mock(), [], [])


def test_a_rate_is_what_was_done_over_the_time_that_it_took() -> None:
    rates = measure.Rates()
    measure.note(rates, "tick", rates.ticks, {"count": 500, "seconds": 0.25, "cpu": 0.1})
    assert rates.ticks == [2000.0]
    assert rates.cpu == {"tick": [0.2]}


def test_each_rate_stands_beside_the_bare_loop_over_the_same_rows() -> None:
    rates = measure.Rates(
        ticks=[1000.0],
        ticks_bare=[4000.0],
        ticks_of_two=[1500.0],
        ticks_of_two_bare=[5000.0],
        claims=[2000.0],
        claims_bare=[8000.0],
        reminders=[160.0],
        tasks=[140.0],
        cpu={key: [1.0] for key in ("tick", "claim", "reminder", "task")},
    )
    rows = {row.name: row for row in measure.rate_rows(bench(), rates)}
    assert [rows[name].ratio for name in ("ticks, 1 ticker", "ticks, 2 tickers", "claims alone")] == [0.25, 0.3, 0.25]
    assert rows["reminders into the outbox"].verdict == "met"
    assert rows["tasks handed to the assistant"].verdict == "shown"


def test_a_task_that_was_due_is_not_taken_a_second_time() -> None:
    admin = Mock()
    admin.execute.return_value.rowcount = 30
    table = Table(admin)
    table.due(30)
    table.due(30, connected=True)
    table.due(30)
    firsts = [(call.args[1]["connected"], call.args[1]["first"]) for call in admin.execute.call_args_list]
    assert firsts == [(False, 1), (True, 1), (False, 31)]
    with pytest.raises(RuntimeError, match="only 30 were left"):
        table.due(40)


def test_the_bare_loop_ends_with_the_first_batch_that_is_not_full() -> None:
    batches = [[("id",)] * 50, [], [("id",)] * 7, []]
    connection = MagicMock()
    connection.transaction.return_value.__exit__.return_value = False
    connection.execute.side_effect = [None, *batches]
    assert peers.claim(connection, peers.TASKS) == 57
