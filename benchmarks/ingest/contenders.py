"""The processes that are measured: the product's web process, and its peers on the same server and roles."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.installation import DATABASE, Installation
from stack import parts
from stack.children import Child, wait_ready
from stack.process import free_port
from stack.settings import ROOT

NODE_PACKAGES = ("fastify@5", "pg@8")
# Kept from run to run. Outside the runs' own directories, which are emptied.
NODE_DIRECTORY = ROOT / ".data" / "bench" / "node"

# Where the peers that only store the row store it: columns and keys of the product's table, without its isolation and
# without references to other tables. `seq` comes from a sequence, as nobody locks the conversation to count.
PEER_TABLE = """
    CREATE SCHEMA peer;
    CREATE TABLE peer.message (LIKE messaging_message INCLUDING ALL);
    CREATE SEQUENCE peer.seq;
    ALTER TABLE peer.message ALTER seq SET DEFAULT nextval('peer.seq');
    GRANT USAGE ON SCHEMA peer TO proxystaff_app, proxystaff_operator;
    GRANT USAGE ON SEQUENCE peer.seq TO proxystaff_app;
    GRANT SELECT, INSERT ON peer.message TO proxystaff_app, proxystaff_operator;
"""


@dataclass(frozen=True)
class Contender:
    name: str  # short, goes into the ids of its messages
    label: str  # as the table names it
    part: parts.Part
    port: int
    table: str = "peer.message"  # where its messages are


@dataclass(frozen=True)
class Field:
    """Who takes part; `absent` says of a peer why it doesn't."""

    contenders: list[Contender]
    absent: dict[str, str]


PRODUCT, SAME, INSERT, STARLETTE, FASTIFY = "web", "same", "insert", "starlette", "fastify"
LABELS = {
    PRODUCT: "ProxyStaff's web process",
    SAME: "granian + psycopg, the same work",
    INSERT: "granian + psycopg, the row alone",
    STARLETTE: "Starlette + asyncpg, the row alone",
    FASTIFY: "Fastify + pg, the row alone",
}


@contextmanager
def running(installation: Installation, accounts: Path) -> Iterator[Field]:
    """All of them up and answering; they end with the context."""
    with installation.connect("owner") as owner:
        owner.execute(PEER_TABLE)
    contenders = [product(installation), granian(SAME, "messaging_message"), granian(INSERT), starlette()]
    absent = {}
    modules, reason = node_modules()
    if modules is None:
        absent[FASTIFY] = reason
    else:
        contenders.append(fastify(modules))
    with ExitStack() as at_end:
        children = []
        for contender in contenders:
            child: Child = installation.start(contender.part, BENCH_ACCOUNTS=str(accounts))
            at_end.callback(child.end)
            children.append(child)
        wait_ready(children)
        yield Field(contenders, absent)


def product(installation: Installation) -> Contender:
    port = int(installation.environment["PORT"])
    part = parts.web("127.0.0.1", port, installation.directory / "run.json")
    return Contender(PRODUCT, LABELS[PRODUCT], part, port, "messaging_message")


def granian(name: str, table: str = "peer.message") -> Contender:
    """With the very arguments of the product's web process, another application."""
    port = free_port()
    argv = (*parts.web("127.0.0.1", port, Path("run.json")).argv[:-1], f"benchmarks.ingest.peers.{name}:application")
    return Contender(name, LABELS[name], peer_part(name, argv, port), port, table)


def starlette() -> Contender:
    port = free_port()
    argv = parts.python(
        *("-m", "uvicorn", "--host", "127.0.0.1", "--port", str(port), "--loop", "uvloop", "--http", "httptools"),
        *("--log-level", "warning", "--no-access-log", "benchmarks.ingest.peers.starlette_asyncpg:application"),
    )
    return Contender(STARLETTE, LABELS[STARLETTE], peer_part(STARLETTE, argv, port), port)


def fastify(modules: Path) -> Contender:
    port = free_port()
    argv = ("node", str(ROOT / "benchmarks/ingest/peers/fastify_pg.mjs"))
    environment = {"PORT": str(port), "BENCH_NODE_MODULES": f"{modules}/", "NODE_ENV": "production"}
    part = parts.Part(FASTIFY, argv, environment, url=parts.address(port), below=500)
    return Contender(FASTIFY, LABELS[FASTIFY], part, port)


def peer_part(name: str, argv: tuple[str, ...], port: int) -> parts.Part:
    return parts.Part(name, argv, url=parts.address(port), below=500)


def blank() -> Contender:
    """What answers at once and does nothing: the load generator's own limit."""
    port = free_port()
    argv = parts.python("-m", "benchmarks.ingest.peers.blank", str(port))
    return Contender("blank", "a server that does nothing", peer_part("blank", argv, port), port, "")


def node_modules() -> tuple[Path | None, str]:
    """A directory with Fastify and pg, installed by npm on first use; else the reason why there is none."""
    if not (shutil.which("node") and shutil.which("npm")):
        return None, "node and npm are not installed"
    done = NODE_DIRECTORY / ".installed"
    if done.exists() and done.read_text() == " ".join(NODE_PACKAGES):
        return NODE_DIRECTORY, ""
    NODE_DIRECTORY.mkdir(parents=True, exist_ok=True)
    (NODE_DIRECTORY / "package.json").write_text('{"private": true}\n')
    argv = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *NODE_PACKAGES]
    try:
        subprocess.run(
            argv, cwd=NODE_DIRECTORY, capture_output=True, text=True, timeout=180, check=True, env=dict(os.environ)
        )
    except subprocess.CalledProcessError as error:
        return None, f"npm could not install {' and '.join(NODE_PACKAGES)}: {error.stderr.strip().splitlines()[-1:]}"
    except subprocess.TimeoutExpired:
        return None, f"npm did not install {' and '.join(NODE_PACKAGES)} within 3 minutes"
    done.write_text(" ".join(NODE_PACKAGES))
    return NODE_DIRECTORY, ""


def stored(installation: Installation, contender: Contender, prefix: str) -> int:
    """How many messages with ids of this prefix are in the contender's table."""
    query = f"SELECT count(*) FROM {contender.table} WHERE key LIKE %s"  # noqa: S608 - a name of ours
    with installation.connect("operator", DATABASE) as connection:
        row = connection.execute(query, [f"wamid.{prefix}.%"]).fetchone()
    return int(row[0]) if row else 0
