"""The documents say what is: links lead somewhere, commands exist, and the recipes work as they stand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests import containers
from tests.containers import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
RECIPE = re.compile(r"```python\n# (\S+\.py)\n(.*?)```", re.DOTALL)
FENCED = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)
# Run in a copy of the product with the recipes' files in it.
TRY = """
from dataclasses import replace
from datetime import UTC, datetime
import django
django.setup()
from messaging import prompt
from tests_stand_in import Standing
from tooling.registry import ToolContext, registry

context = ToolContext(tenant_id="t", conversation_id="c", contact_id="p", role="customer", timezone="UTC",
                      language="en", now=datetime.now(UTC), turn_id="t")
answer = registry.call("square_metres", {"square_feet": 1000}, context)
assert answer.content == "92.9 m²", answer
assert registry.call("square_metres", {"square_feet": -1}, context).is_error
assert registry.call("square_metres", {"square_feet": "many"}, context).is_error

def keep_file(content, name, mime=""):
    return {"kind": "file", "name": name}

offered = registry.call("price_list", {}, replace(context, keep_file=keep_file)).offers
assert offered[0] == {"kind": "file", "name": "prices.csv"}, offered
assert [choice["title"] for choice in offered[1]["choices"]] == ["Flats", "Houses"], offered
assert registry.call("price_list", {}, context).is_error

saturday = Standing(datetime(2026, 11, 21, 12, tzinfo=UTC))
monday = Standing(datetime(2026, 11, 23, 12, tzinfo=UTC))
assert "its short name is acme" in prompt._sections["installation"][2](saturday)
assert "the office is closed" in prompt.user_message(saturday, [])["content"][0]["text"]
assert "the office is closed" not in prompt.user_message(monday, [])["content"][0]["text"]
"""
STAND_IN = """
from types import SimpleNamespace
from zoneinfo import ZoneInfo

class Standing(SimpleNamespace):
    def __init__(self, now):
        tenant = SimpleNamespace(slug="acme", name="Acme", timezone="UTC", zone=ZoneInfo("UTC"))
        contact = SimpleNamespace(name="Ann", role="owner")
        said_in = SimpleNamespace(ownership=0, is_group=False)
        super().__init__(
            tenant=tenant, conversation=said_in, contact=contact, role="owner", now=now,
            channel_label="SMS", session=None
        )
"""


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    text = FENCED.sub("", path.read_text())
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http:", "https:")):
            continue
        name, _, anchor = target.partition("#")
        found = (path.parent / name).resolve() if name else path
        assert found.exists(), target
        headings = re.findall(r"^#+ (.+)$", found.read_text(), re.MULTILINE) if anchor else []
        assert not anchor or anchor in [re.sub(r"[^\w\- ]", "", each).lower().replace(" ", "-") for each in headings]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_named_commands_and_files_exist(path: Path) -> None:
    text = path.read_text()
    assert set(re.findall(r"(?:manage\.py|run --rm manage) ([a-z_]+)", text)) <= set(get_commands())
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE)) <= targets
    if path.name not in {"extending.md", "add-a-channel.md"}:  # whose recipes name what is to be written
        named = re.findall(r"`((?:docs|tests|config|messaging|tooling|simulators|stack|tenants_app)/[\w./]*)`", text)
        assert not [each for each in named if not (ROOT / each).exists()]


def test_the_readme_names_what_to_run() -> None:
    commands = [
        line.split("#")[0].strip()
        for block in FENCED.findall((ROOT / "README.md").read_text())
        for line in block.splitlines()
    ]
    assert {"make up", "make test", "make check"} <= set(commands)


def test_the_picture_is_there_and_small() -> None:
    picture = ROOT / "docs/phone.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size <= 400 * 1024


def test_metrics_and_alerts_of_the_documents_are_those_of_the_code() -> None:
    text = (ROOT / "docs/operating.md").read_text()
    code = "\n".join(
        path.read_text()
        for folder in ("config", "messaging", "tooling", "tenants_app")
        for path in (ROOT / folder).rglob("*.py")
    )
    for metric in re.findall(r"`(proxystaff_[a-z_]+)", text):
        assert f'"{metric.removesuffix("_total")}"' in code, metric
    for alert in re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", text, re.MULTILINE):
        assert f'"{alert}"' in code, alert


def test_the_recipes_work_as_they_stand(tmp_path: Path) -> None:
    text = (ROOT / "docs/extending.md").read_text()
    containers.build_tree(tmp_path)
    for name, code in RECIPE.findall(text):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(code)
    (tmp_path / "tests_stand_in.py").write_text(STAND_IN)
    env = {**os.environ, "PYTHONPATH": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"}
    env["PROXYSTAFF_PROCESS"] = "worker"  # the one that talks with Claude
    done = subprocess.run(
        [sys.executable, "-c", TRY], check=False, cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
