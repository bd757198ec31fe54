"""The tool of docs/tools.md is live after the steps that stand there."""

from __future__ import annotations

import re
from pathlib import Path

from tenants_app.models import Tenant
from tests.containers import ROOT
from tests.test_toolpacks import add
from tooling import drafts
from tooling.models import ToolVersion

TEXT = (ROOT / "docs" / "tools.md").read_text()


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    assert found is not None
    return found[1]


def test_its_example_works(acme: Tenant, tmp_path: Path) -> None:
    (tmp_path / "tool.toml").write_text(block("toml"))
    (tmp_path / "tool.py").write_text(block("python"))
    answer = add(tmp_path)
    assert (answer["tool"], answer["live"], answer["missing_credentials"]) == ("listing_lookup", True, ["mls"])
    for case in answer["cases"]:
        assert f"  ok     {case['name']}\n" in TEXT


def test_every_field_is_described() -> None:
    fields = {field.name for field in ToolVersion._meta.fields} & set(drafts.Draft.__dataclass_fields__)
    for name in fields - {"source", "schema", "tests"} | drafts.TEST_KEYS:
        assert f"| `{name}` |" in TEXT, name
    for name in ("[schema]", "[data]", "[[tests]]"):
        assert f"| `{name}` |" in TEXT
