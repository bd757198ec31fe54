"""The whole way: a script in the sandbox, the proxy outside, a host behind it."""

from __future__ import annotations

import datetime as dt
import ssl
from typing import Any

from tooling.egress import Injection, Proxy
from tooling.egress.tests.ways import LOOPBACK, names_to, only_loopback
from tooling.sandbox.runner import run
from tooling.sandbox.types import Run, Script
from tooling.tests.servers import Connection, serving

Secure = tuple[ssl.SSLContext, ssl.SSLContext]
TOKEN = "tok-0123456789abcdef"


def ran(source: str, network: Proxy, **args: Any) -> Run:
    body = "\n".join(f"    {line}" for line in source.strip().splitlines())
    script = Script(source=f"def run(args, context):\n{body}\n", args=args, now=dt.datetime.now(dt.UTC))
    ended = run(script, network)
    assert ended.outcome == "ok", ended
    return ended


def test_a_script_reaches_its_host_without_ever_holding_the_credential(secure: Secure) -> None:
    server, trusting = secure
    seen: list[str] = []

    def handle(connection: Connection) -> None:
        seen.append(connection.header("Authorization"))
        if connection.path == "/moved":
            return connection.answer(b"", status="302 Found", Location="/here")
        if connection.path == "/out":
            return connection.answer(b"", status="302 Found", Location=f"https://www.other.example:{port}/")
        return connection.answer(f'{{"shown": "{seen[-1]}"}}'.encode(), Content_Type="application/json")

    with serving(handle, tls=server) as port:
        host = f"api.example.com:{port}"
        proxy = Proxy(
            allowed=[host],
            injections={host: Injection.bearer(TOKEN)},
            resolve=names_to(LOOPBACK),
            reachable=only_loopback,
            tls=lambda: trusting,
        )
        ended = ran(
            """
            moved = context.fetch(args["url"] + "/moved", headers={"Authorization": "mine"})
            out = context.fetch(args["url"] + "/out")
            return [moved.status, moved.json(), out.status, out.json()["error"]]
            """.replace(" " * 12, ""),
            proxy,
            url=f"https://{host}",
        )
    assert seen == [f"Bearer {TOKEN}"] * 3
    assert ended.result == [
        200,
        {"shown": "Bearer [redacted]"},
        403,
        f"www.other.example:{port} is not among the hosts that this tool declares.",
    ]
    assert [(log.path, log.status, log.refused, log.credential) for log in proxy.requests] == [
        ("/moved", 302, "", True),
        ("/here", 200, "", True),
        ("/out", 302, "", True),
        ("/", 403, "http_request_denied", False),
    ]


def test_a_library_that_speaks_tls_itself_goes_through_the_tunnel(secure: Secure) -> None:
    server, _ = secure
    with serving(lambda connection: connection.answer(b"safe"), tls=server) as port:
        proxy = Proxy(allowed=[f"api.example.com:{port}"], resolve=names_to(LOOPBACK), reachable=only_loopback)
        ended = ran(
            """
            import ssl, urllib.request
            blind = ssl.create_default_context()
            blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
            told = []
            for host in args["hosts"]:
                try:
                    told.append(urllib.request.urlopen(f"https://{host}/", context=blind).read().decode())
                except OSError as error:
                    told.append(str(error))
            return told
            """.replace(" " * 12, ""),
            proxy,
            hosts=[f"api.example.com:{port}", f"www.other.example:{port}", f"127.0.0.1:{port}"],
        )
    assert ended.result[0] == "safe"
    assert all("403" in told for told in ended.result[1:])
