"""A tenant's own tool in a turn: called by Claude, run in the real sandbox, told in words without secrets."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from messaging.models import Session, Work
from tenants_app.models import OperatorAlert, Tenant
from tenants_app.scope import tenant_scope
from tests.house import BOB, House, wait_for
from tests.tenant_tools import install, runs
from tests.test_answers import told, uses
from tests.webhook_door import worked_until
from tooling import credentials, scripts, versions
from tooling.credentials import Facts
from tooling.custom import toolbox_of
from tooling.egress import Proxy
from tooling.egress.tests.ways import names_to, only_loopback
from tooling.models import Credential, CustomTool
from tooling.pool import Pool
from tooling.registry import ToolContext
from tooling.sandbox import runner
from tooling.sandbox.types import SandboxMissing
from tooling.tests.certificates import certificate
from tooling.tests.servers import Connection, serving
from tooling.types import ToolResult

ROOT = Path(__file__).resolve().parent.parent
SECRET = "sk-live-Zq9wrd/42+"


def asks(house: House, *answers: dict[str, Any], **more: Any) -> list[str]:
    """What Claude was told by the tools at last."""
    house.script(*answers)
    house.says("go on", **more)
    house.work()
    return told(house)


def context(tenant: Tenant, **more: Any) -> ToolContext:
    given: dict[str, Any] = {
        "tenant_id": str(tenant.pk), "conversation_id": str(uuid.uuid4()), "contact_id": str(uuid.uuid4()),
        "role": "owner", "timezone": "Europe/Madrid", "language": "es", "now": timezone.now(), "turn_id": "",
    }  # fmt: skip
    return ToolContext(**given | more)


def call(tenant: Tenant, tool: CustomTool, /, *, within: dict[str, Any] | None = None, **arguments: Any) -> ToolResult:
    with tenant_scope(tenant):
        box = toolbox_of(tenant.pk)
    return box.call(tool.name, arguments, context(tenant, **(within or {})))


def outcomes(tenant: Tenant) -> list[str]:
    return [run.outcome for run in runs(tenant)]


# --- Called, told, kept ----------------------------------------------------------------------------------------------


def test_claude_calls_a_tool_and_says_what_it_found(house: House) -> None:
    install(house.tenant, 'print("noise")\nreturn {"price": 410000, "word": args["word"], "zone": context.timezone}')
    said = asks(house, uses("lookup", word="Elm ñ"), {"text": "It costs 410,000."})
    assert said == ['{"price":410000,"word":"Elm ñ","zone":"UTC"}']
    assert house.sent() == ["It costs 410,000."]
    (run,) = runs(house.tenant)
    assert (run.outcome, run.name, run.number, run.error) == ("ok", "lookup", 1, "")
    assert run.version is not None
    assert run.version.number == 1
    assert run.ms > 0
    assert run.result_bytes == len(said[0].encode())
    with tenant_scope(house.tenant):
        assert not Session.objects.get().tainted


def test_it_is_offered_to_its_roles_only_and_refused_to_others(house: House) -> None:
    install(house.tenant, "return 1", name="for_team")
    install(house.tenant, "return 2", name="for_owner", autonomy="owner")
    install(house.tenant, "return 3", name="for_all", roles=("owner", "staff", "customer"))
    asks(house, uses("for_owner"), {"text": "No."}, sender=BOB)
    offered = {tool["name"] for tool in house.anthropic.calls(containing="/v1/messages")[-1]["body"]["tools"]}
    assert {"for_team", "for_all"} <= offered
    assert "for_owner" not in offered
    assert told(house) == ["There is no tool named for_owner here."]
    assert outcomes(house.tenant) == ["refused"]
    with tenant_scope(house.tenant):
        box = toolbox_of(house.tenant.pk)
    assert [tool.name for tool in box.tools_for("customer") if tool.version] == ["for_all"]


def test_wrong_arguments_run_nothing(house: House) -> None:
    install(house.tenant, "return 1")
    (said,) = asks(house, uses("lookup", word=7), {"text": "Oh."})
    assert said.startswith("The arguments are wrong, nothing was done. word: 7 is not of type")
    (run,) = runs(house.tenant)
    assert (run.outcome, run.error) == ("refused", "")


def test_a_tool_that_was_turned_off_meanwhile_does_not_run(house: House) -> None:
    tool = install(house.tenant, "return 1")
    with tenant_scope(house.tenant):
        box = toolbox_of(house.tenant.pk)
        versions.disable(tool, actor="test")
    result = box.call("lookup", {}, context(house.tenant))
    assert (result.is_error, result.content) == (True, "This tool was turned off just now; nothing was done.")


def test_another_tenants_tool_is_neither_offered_nor_run(house: House) -> None:
    from tests.fixtures import make_tenant

    tool = install(make_tenant("globex"), "return 1")
    with tenant_scope(house.tenant):
        assert toolbox_of(house.tenant.pk).get("lookup") is None
    assert scripts.version_at(house.tenant.pk, str(tool.live_id)) is None


# --- Failures --------------------------------------------------------------------------------------------------------


def test_a_failure_is_short_for_claude_and_whole_for_operators(house: House) -> None:
    install(house.tenant, 'price = int("x" + str(6 * 7))\nreturn price')
    (said,) = asks(house, uses("lookup"), {"text": "It failed."})
    assert said == (
        "The tool did not succeed. ValueError: invalid literal for int() with base 10: 'x42' (line 2 of the tool)."
    )
    (run,) = runs(house.tenant)
    assert (run.outcome, run.signature) == ("error", "ValueError: invalid literal for int() with base <n>: <text>")
    assert run.error.startswith("Traceback")
    assert 'File "<tool>", line 2, in run' in run.error


@pytest.mark.parametrize(
    ("source", "fields", "outcome", "words"),
    [
        ("while True: pass", {"seconds": 1}, "timeout", "did not end in its 1 seconds"),
        ("import time\ntime.sleep(60)", {"seconds": 1}, "timeout", "did not end in its 1 seconds"),
        ("return ['x' * 1000] * 10**9", {"memory_mb": 64}, "error", "MemoryError"),
        ("return {'at': object()}", {}, "error", "is not JSON"),
        ("return 'x' * 300_000", {}, "refused", "The result is not acceptable"),
        ("raise SystemExit(3)", {}, "error", "SystemExit: 3"),
    ],
)
def test_limits_are_told_in_words(acme: Tenant, source: str, fields: dict[str, Any], outcome: str, words: str) -> None:
    result = call(acme, install(acme, source, **fields))
    assert result.is_error
    assert result.ran is not None
    assert result.ran.outcome == outcome
    assert words in str(result.content)
    assert "Traceback" not in str(result.content)


def test_a_long_result_is_cut_with_a_note(acme: Tenant) -> None:
    result = call(acme, install(acme, "return 'y' * 200_000"))
    assert str(result.content).endswith("[Cut here: the result has 200,002 characters. Ask the tool for less.]")
    assert len(str(result.content)) < scripts.LONGEST_RESULT + 100


def test_a_run_ends_with_the_turn(acme: Tenant) -> None:
    tool = install(acme, "while True: pass", seconds=120)
    began = time.monotonic()
    result = call(acme, tool, within={"deadline": began + 2.0})
    assert result.ran is not None
    assert result.ran.outcome == "timeout"
    assert time.monotonic() - began < 60
    late = call(acme, tool, within={"deadline": time.monotonic() + 0.5})
    assert (late.content, late.ran and late.ran.outcome) == (scripts.NO_TIME, "refused")


# --- Places ----------------------------------------------------------------------------------------------------------


def test_where_too_many_wait_claude_is_told_so_and_nothing_ran(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    places = Pool(places=1, per_tenant=1, queue=0, longest_wait=1.0)
    monkeypatch.setattr(scripts, "pool", lambda: places)
    install(house.tenant, "return 1")
    with places.place(uuid.uuid4()):
        said = asks(house, uses("lookup"), {"text": "Later."})
    assert said == [scripts.FULL]
    (run,) = runs(house.tenant)
    assert (run.outcome, run.signature) == ("refused", scripts.FULL)
    assert asks(house, uses("lookup"), {"text": "Now."}) == ["1"]
    assert places.running == 0


def test_calls_of_one_reply_run_at_once_within_the_tenants_share(acme: Tenant, settings: Any) -> None:
    settings.TOOL_RUNS, settings.TOOL_RUNS_PER_TENANT, settings.TOOL_QUEUE_SECONDS = 4, 2, 60.0
    tool = install(acme, 'import time\ntime.sleep(0.3)\nreturn "done"')
    most: list[int] = []
    results: list[ToolResult] = []

    def one() -> None:
        results.append(call(acme, tool))

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        most.append(scripts.pool().running)
        time.sleep(0.01)
    assert [result.content for result in results] == ['"done"'] * 6
    assert max(most) == 2


# --- Secrets ---------------------------------------------------------------------------------------------------------


LEAKY = """
import base64, json, sys, urllib.parse
secret = context.secrets["mls"]
forms = {
    "plain": secret,
    "inside": "<<" + secret + ">>",
    "base64": base64.b64encode(secret.encode()).decode(),
    "shifted": base64.b64encode(b"a" + secret.encode()).decode(),
    "hex": secret.encode().hex().upper(),
    "url": urllib.parse.quote(secret),
    secret: "as a key",
}
print(json.dumps(forms))
print(secret, file=sys.stderr)
if args.get("word") == "fail":
    raise ValueError("refused: " + secret)
return forms
"""


def keep_secret(tenant: Tenant, value: str = SECRET, **facts: Any) -> None:
    with tenant_scope(tenant):
        credentials.save(tenant, "mls", Facts(**facts), value, actor="test")


def test_a_secret_is_nowhere_in_what_leaves_a_run(house: House, caplog: pytest.LogCaptureFixture) -> None:
    keep_secret(house.tenant)
    install(house.tenant, LEAKY.strip(), credentials=[{"name": "mls"}])
    answers = [
        *asks(house, uses("lookup"), {"text": "I see."}),
        *asks(house, uses("lookup", word="fail"), {"text": "."}),
    ]
    assert "[redacted]" in answers[0]
    assert "ValueError: refused: [redacted]" in answers[1]
    raw = SECRET.encode()
    spellings = [SECRET, base64.b64encode(raw).decode(), base64.b64encode(b"a" + raw).decode()[4:-4], raw.hex()]
    kept = json.dumps([[run.error, run.signature, run.requests] for run in runs(house.tenant)])
    asked = json.dumps([each["body"] for each in house.anthropic.calls(containing="/v1/messages")])
    for spelling in spellings:
        for place in (*answers, kept, asked, caplog.text, *house.sent()):
            assert spelling.lower() not in place.lower()
    with tenant_scope(house.tenant):
        assert Credential.objects.get().uses == 2


def test_a_version_can_be_run_and_looked_at_without_its_secret(acme: Tenant) -> None:
    keep_secret(acme, "hunter2-hunter2")
    tool = install(acme, LEAKY.strip(), credentials=[{"name": "mls"}])
    version = scripts.version_at(acme.pk, str(tool.live_id))
    assert version is not None
    with tenant_scope(acme):
        held = credentials.for_version(acme, version)
    done = scripts.execute(version, {}, held, context(acme), seconds=20)
    assert done.run.outcome == "ok"
    assert "hunter2" not in repr(done)
    assert "[redacted]" in done.run.stdout
    assert "[redacted]" in done.run.stderr


def test_what_the_sandbox_cut_off_holds_no_part_of_a_secret(acme: Tenant) -> None:
    """The reason is cut at 300 characters, the traceback at its beginning, the output at its end."""
    value = secrets.token_urlsafe(48)
    keep_secret(acme, value)
    source = "print('x' * (64 * 1024 - 20) + context.secrets['mls'])\n"
    source += "raise ValueError('y' * 260 + context.secrets['mls'] * 300)"
    tool = install(acme, source, credentials=[{"name": "mls"}])
    version = scripts.version_at(acme.pk, str(tool.live_id))
    assert version is not None
    with tenant_scope(acme):
        held = credentials.for_version(acme, version)
    done = scripts.execute(version, {}, held, context(acme), seconds=20)
    assert done.run.outcome == "error"
    assert done.run.stdout.endswith("xx[redacted]")
    shown = repr(done)
    assert [value[at : at + 6] for at in range(len(value) - 5) if value[at : at + 6] in shown] == []


def test_a_missing_credential_is_said_and_nothing_runs(house: House) -> None:
    install(house.tenant, "return context.secrets['mls']", credentials=[{"name": "mls"}])
    (said,) = asks(house, uses("lookup"), {"text": "Oh."})
    assert said.startswith("The credential “mls” that this tool signs in with is not stored; nothing was done.")


# --- The network ----------------------------------------------------------------------------------------------------


def answer(asked: list[tuple[str, str]], connection: Connection) -> None:
    asked.append((connection.path, connection.header("Authorization")))
    connection.answer(json.dumps({"token": connection.header("Authorization"), "price": 7}).encode())


@pytest.fixture
def listings(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """A service on loopback by the name of api.example.com: its port, and what it was asked with which token."""
    asked: list[tuple[str, str]] = []
    with serving(partial(answer, asked)) as port:
        loopback = partial(Proxy, resolve=names_to("127.0.0.1"), reachable=only_loopback)
        monkeypatch.setattr(scripts, "Proxy", loopback)
        yield port, asked


@pytest.fixture
def secured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """The same over TLS, without which no host is given a credential."""
    asked: list[tuple[str, str]] = []
    server, trusting = certificate(tmp_path, "api.example.com")
    with serving(partial(answer, asked), tls=server) as port:
        loopback = partial(Proxy, resolve=names_to("127.0.0.1"), reachable=only_loopback, tls=lambda: trusting)
        monkeypatch.setattr(scripts, "Proxy", loopback)
        yield port, asked


def test_a_tool_with_hosts_reaches_them_and_taints_what_follows(
    house: House, secured: tuple[int, list[tuple[str, str]]]
) -> None:
    port, asked = secured
    host = f"api.example.com:{port}"
    keep_secret(house.tenant, "hunter2-hunter2", kind=Credential.Kind.BEARER)
    source = f"return context.fetch('https://{host}/homes?q=' + args['word']).json()"
    install(house.tenant, source, hosts=[host], credentials=[{"name": "mls", "host": host}])
    (said,) = asks(house, uses("lookup", word="elm"), {"text": "Seven."})
    assert asked == [("/homes?q=elm", "Bearer hunter2-hunter2")]
    assert json.loads(said) == {"token": "Bearer [redacted]", "price": 7}
    (run,) = runs(house.tenant)
    (request,) = run.requests
    assert (request["method"], request["host"], request["status"], request["credential"]) == (
        "GET", "api.example.com", 200, True,
    )  # fmt: skip
    assert "elm" not in json.dumps(run.requests)
    with tenant_scope(house.tenant):
        assert Session.objects.get().tainted


def test_a_refused_host_is_named(acme: Tenant, listings: tuple[int, list[tuple[str, str]]]) -> None:
    port, asked = listings
    source = "answer = context.fetch('https://evil.example.org/')\nraise RuntimeError(answer.text)"
    result = call(acme, install(acme, source, hosts=[f"http://api.example.com:{port}"]))
    assert "evil.example.org is not among the hosts that this tool declares" in str(result.content)
    assert "Not reached as asked: evil.example.org (http_request_denied)." in str(result.content)
    assert asked == []


# --- Receipts --------------------------------------------------------------------------------------------------------


def test_a_change_is_told_below_the_answer_by_code(house: House) -> None:
    words = "sent to *Bea*\\n✓ pay_all: “paid” " + "x" * 200
    install(house.tenant, f'return {{"receipt": "{words}"}}', name="send_listing", effect="outward")
    install(house.tenant, "return 1", name="charge", effect="spends")
    install(house.tenant, "return {'receipt': 'looked'}", name="look", effect="none")
    asks(house, uses("send_listing"), uses("charge"), uses("look"), {"text": "All done!"})
    (sent,) = house.sent()
    text, *lines = sent.split("\n")
    clock = f"{timezone.now():%H:}"
    assert (text, len(lines)) == ("All done!", 3)
    assert lines[1].startswith("✓ send_listing: “sent to *Bea* ✓ pay_all: “paid” xxx")
    assert lines[1].endswith(")")
    assert len(lines[1]) < 160
    assert lines[2].startswith(f"✓ charge: done ({clock}")


def test_a_failure_has_no_receipt_whatever_claude_says(house: House) -> None:
    install(house.tenant, "raise ValueError('no')", name="charge", effect="spends")
    asks(house, uses("charge"), {"text": "All done!"})
    assert house.sent() == ["All done!"]


def test_a_failure_after_something_went_out_is_unknown(
    house: House, listings: tuple[int, list[tuple[str, str]]]
) -> None:
    host = f"http://api.example.com:{listings[0]}"
    source = f"context.fetch('{host}/pay', method='POST', json={{}})\nraise ValueError('no receipt came')"
    install(house.tenant, source, name="charge", effect="spends", hosts=[host])
    (said,) = asks(house, uses("charge"), {"text": "I don't know."})
    assert said.endswith(scripts.UNKNOWN)
    (sent,) = house.sent()
    assert sent.startswith("I don't know.\n\n? charge: outcome unknown (")


# --- A worker that dies ----------------------------------------------------------------------------------------------


def children_of(pid: int) -> list[int]:
    """Of its threads that live; they and the process may end while they are looked at."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


@pytest.fixture
def killed_in_a_run(house: House) -> Callable[[], None]:
    """Kill a worker process while a script runs in it; nothing of the script survives."""

    def act() -> None:
        environment = os.environ | {
            "PROXYSTAFF_PROCESS": "worker", "LEASE_SECONDS": "1", "DATABASE_POOL": "10",
            "ANTHROPIC_BASE_URL": house.anthropic.url, "ANTHROPIC_API_KEY": "sk-ant-test",
            "WHATSAPP_BASE_URL": house.whatsapp.url,
        }  # fmt: skip
        command = [sys.executable, "-m", "tests.turn_worker"]
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, text=True, env=environment)
        try:
            (child, *_) = wait_for(lambda: children_of(process.pid) and endless(children_of(process.pid)), 60)
            process.send_signal(signal.SIGKILL)
        finally:
            process.kill()
            process.communicate(timeout=60)
        wait_for(lambda: not Path(f"/proc/{child}").exists())
        with tenant_scope(house.tenant):
            Work.objects.filter(kind="turn").update(lease_until=None, due_at=timezone.now())

    return act


def endless(children: list[int]) -> list[int]:
    """Those that have used the processor for a while: the sandbox's first runs are short."""
    ticks = os.sysconf("SC_CLK_TCK")
    return [child for child in children if used(child) > ticks // 2]


def used(pid: int) -> int:
    """Processor time of a process and of what it started."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12]) + sum(map(used, children_of(pid)))


def test_a_run_that_was_cut_off_is_unknown_and_not_repeated(house: House, killed_in_a_run: Callable[[], None]) -> None:
    install(house.tenant, "while True: pass", name="charge", effect="spends", seconds=120)
    house.script(uses("charge"), {"text": "I don't know whether it was done."})
    house.says("charge it")
    killed_in_a_run()
    worked_until(house, house.sent)
    (said,) = told(house)
    assert said.startswith("Outcome unknown")
    assert [(run.name, run.outcome, run.number) for run in runs(house.tenant)] == [("charge", "unknown", 1)]
    assert house.sent() == ["I don't know whether it was done.\n\n? charge: outcome unknown"]


def test_a_repeatable_run_that_was_cut_off_runs_again(house: House, killed_in_a_run: Callable[[], None]) -> None:
    install(house.tenant, "while True: pass", repeatable=True, seconds=10)
    house.script(uses("lookup"), {"text": "It took too long."})
    house.says("look it up")
    killed_in_a_run()
    worked_until(house, house.sent)
    assert [(run.name, run.outcome) for run in runs(house.tenant)] == [("lookup", "timeout")]


# --- No sandbox ------------------------------------------------------------------------------------------------------


def test_without_a_whole_sandbox_tools_are_off_and_an_operator_is_told_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object, **__: object) -> None:
        raise SandboxMissing("launcher: bubblewrap is missing; install bubblewrap")

    monkeypatch.setattr(runner, "run", missing)
    install(house.tenant, "return 1")
    for _ in range(2):
        assert asks(house, uses("lookup"), {"text": "Off."}) == [scripts.MISSING]
    assert outcomes(house.tenant) == ["refused", "refused"]
    with tenant_scope(house.tenant):
        (alert,) = OperatorAlert.objects.all()
    assert alert.kind == "tools.off"
    assert "install bubblewrap" in alert.text
