"""The crash points: each declared one stands in the product, and a process does what is asked of it, once."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from tenants_app.faults import POINTS, fault

ROOT = Path(settings.BASE_DIR)
REACHES = "from tenants_app.faults import fault; print('before', flush=True); fault('after_claim'); print('after')"


def test_every_point_stands_in_the_product_and_every_place_is_declared() -> None:
    placed = set()
    for package in ("config", "messaging", "memory", "scheduling", "learning", "tooling", "tenants_app"):
        for path in (ROOT / package).rglob("*.py"):
            if "tests" not in path.parts and path.name != "faults.py":
                placed |= set(re.findall(r'fault\("(\w+)"\)', path.read_text()))
    assert placed == set(POINTS)


def reach(tmp_path: Path, armed: str | None, process: str = "worker", code: str = REACHES) -> subprocess.Popen[str]:
    (tmp_path / "armed").mkdir(exist_ok=True)
    if armed:
        (tmp_path / "armed" / "after_claim").write_text(armed)
    environment = os.environ | {"FAULTS_DIR": str(tmp_path), "PROXYSTAFF_PROCESS": process}
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def fired(tmp_path: Path) -> list[tuple[str, str, str]]:
    lines = [json.loads(line) for line in (tmp_path / "fired.jsonl").read_text().splitlines()]
    return [(line["point"], line["action"], line["process"]) for line in lines]


def test_an_armed_kill_ends_the_first_process_and_not_the_second(tmp_path: Path) -> None:
    first = reach(tmp_path, "kill")
    assert first.communicate()[0] == "before\n"
    assert first.returncode == -signal.SIGKILL
    assert reach(tmp_path, None).communicate()[0] == "before\nafter\n"
    assert fired(tmp_path) == [("after_claim", "kill", "worker")]


def test_a_pause_lasts_until_somebody_continues_the_process(tmp_path: Path) -> None:
    process = reach(tmp_path, "pause")
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    process.send_signal(signal.SIGCONT)
    assert process.communicate()[0] == "before\nafter\n"


def test_a_point_armed_for_another_kind_of_process_waits_for_it(tmp_path: Path) -> None:
    assert reach(tmp_path, "kill:web", process="worker").communicate()[0] == "before\nafter\n"
    web = reach(tmp_path, None, process="web")
    assert web.communicate()[0] == "before\n"
    assert web.returncode == -signal.SIGKILL


CUT = """
import django
django.setup()
from django.db import OperationalError, connection
from tenants_app.faults import fault
from tenants_app.scope import mend_connections
with connection.cursor() as cursor:
    cursor.execute("SELECT 1")
    fault("after_claim")
    try:
        cursor.execute("SELECT 1")
    except OperationalError:
        print("cut")
mend_connections()
with connection.cursor() as cursor:
    cursor.execute("SELECT 1")
    print(cursor.fetchone()[0])
"""


def test_a_cut_breaks_the_connections_of_its_process(database: None, tmp_path: Path) -> None:
    process = reach(tmp_path, "cut", code="import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'" + CUT)
    assert process.communicate()[0] == "cut\n1\n"


def test_without_a_directory_nothing_happens() -> None:
    assert "FAULTS_DIR" not in os.environ
    fault("after_claim")
