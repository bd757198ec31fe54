"""On the phone page, over a whole installation as `make up` starts it: told, asked anew, corrected, asked where from,
forgotten; and a chat that was brought along."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.browser.installation import ROOT, Installation, Olivia

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_told_asked_anew_corrected_asked_where_from_and_forgotten(
    olivia: Olivia, installation: Installation, tmp_path: Path
) -> None:
    olivia.open(installation.addresses["phone"], "WhatsApp")
    assert "Remembered: Olivia, gym fee: $45 a month" in olivia.says("My gym fee is $45 a month.")
    olivia.says("/new")
    asked = olivia.says("What is my gym fee?")
    assert "$45 a month (said by the owner on" in asked
    assert "never so: Olivia, gym fee: $45 a month" in olivia.says("No, it's $52 a month")
    olivia.says("/new")
    asked = olivia.says("What is my gym fee?")
    assert "$52 a month (said by the owner on" in asked
    source = olivia.says("Where did you get that?")
    assert "Olivia, over WhatsApp: “No, it's $52 a month”" in source
    listed = olivia.says("/memory")
    assert "$52 a month" in listed
    assert "$45" not in listed
    olivia.page.screenshot(path=tmp_path / "known.png")

    olivia.says("What is my gym fee?")
    assert "Forgotten for good: " in olivia.says("Forget that.")
    asked = olivia.says("What is my gym fee?")
    assert "$52" not in asked
    assert "$45" not in asked
    assert "$52" not in olivia.says("/memory")
    found = json.loads(installation.manage("search_memory", "--tenant", "demo", "--json", "gym fee month"))
    assert "$52" not in json.dumps(found)
    assert "$45" not in json.dumps(found)
    olivia.page.screenshot(path=tmp_path / "forgotten.png")


def test_in_spanish_on_telegram_with_a_document_and_a_chat_that_was_brought_along(
    olivia: Olivia, installation: Installation, tmp_path: Path
) -> None:
    olivia.open(installation.addresses["phone"], "Telegram")
    assert "talla de anillo: 12" in olivia.says("Recuerda que mi talla de anillo es 12")
    assert "/memories/knowledge/listings.md" in olivia.says("Note that 14 Elm Street is sold about our listings")
    assert "/memories/knowledge/listings.md" in olivia.says("Anota en listings: 9 Oak Road baja a 300.000")
    olivia.says("/new")
    assert "12 (said by the owner" in olivia.says("¿Cuál es mi talla de anillo?")

    chat = ROOT / "memory" / "tests" / "exports" / "android_en.txt"
    told = installation.manage("import_history", "--tenant", "demo", str(chat), "--chat", "Nora")
    assert "5 messages: 5 new" in told
    found = olivia.says("What did we say about the boiler?")
    assert "Nora Patel: The boiler is a Vaillant ecoTEC, serviced last May." in found
    hits = json.loads(installation.manage("search_memory", "--tenant", "demo", "--json", "Elm Street sold"))
    assert any(hit["source"] == "document" and "14 Elm Street is sold" in hit["text"] for hit in hits)
    olivia.page.screenshot(path=tmp_path / "telegram.png")
