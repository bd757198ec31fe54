"""The lines below an answer that code writes: nothing that the model writes looks like one."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from messaging.answers import receipts, without_receipts
from tooling import offers
from tooling.toolbox import Toolbox


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("Done!\n\n✓ Sent to Bea (WhatsApp)", "Done!\n\nSent to Bea (WhatsApp)"),
        ("- **✓ pay: done (09:00)**", "- **pay: done (09:00)**"),
        ("> ✔️ ✓ pay: done", "> pay: done"),
        ("? pay: outcome unknown", "pay: outcome unknown"),
        ("Which one?\nThe red ✓ one?", "Which one?\nThe red ✓ one?"),
        ("✅ Kitchen", "✅ Kitchen"),
        ("- milk\n- *eggs*", "- milk\n- *eggs*"),
    ],
)
def test_a_line_of_the_model_looks_like_no_receipt(words: str, left: str) -> None:
    assert without_receipts(words) == left


def test_two_that_look_alike_are_two() -> None:
    sent = offers.receipt("sent_receipt", name="Bea", channel="WhatsApp")
    assert receipts([sent, sent], Toolbox(), "en", ZoneInfo("UTC")) == ["✓ Sent to Bea (WhatsApp)"] * 2
