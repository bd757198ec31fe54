"""Starting a double: from the command line, or in a thread of a test."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

from aiohttp import web

from simulators.common.double import Double

SHUTDOWN_SECONDS = 0.5  # how long calls in progress are waited for
BACKLOG = 1024


def main(
    build: Callable[[argparse.Namespace], Double],
    *,
    description: str,
    add_arguments: Callable[[argparse.ArgumentParser], None] | None = None,
    argv: Sequence[str] | None = None,
) -> int:
    """Run a double until SIGTERM or SIGINT; prints `ready http://HOST:PORT` once it listens. The exit code."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--state", type=Path, help="file in which the double keeps what must survive a restart")
    if add_arguments is not None:
        add_arguments(parser)
    arguments = parser.parse_args(argv)
    try:
        asyncio.run(_serve(build(arguments), arguments.host, arguments.port))
    except OSError as error:
        sys.stderr.write(f"cannot listen on {arguments.host}:{arguments.port}: {error.strerror or error}\n")
        return 1
    return 0


async def _serve(double: Double, host: str, port: int) -> None:
    stop = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    async with _listening(double, host, port) as url:
        sys.stdout.write(f"ready {url}\n")
        sys.stdout.flush()
        await stop.wait()


@contextlib.asynccontextmanager
async def _listening(double: Double, host: str, port: int) -> AsyncIterator[str]:
    runner = web.AppRunner(
        double.application(),
        access_log=None,
        handler_cancellation=double.cancel_on_disconnect,
        shutdown_timeout=SHUTDOWN_SECONDS,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, backlog=BACKLOG).start()
        bound = runner.addresses[0][1]
        yield f"http://[{host}]:{bound}" if ":" in host else f"http://{host}:{bound}"
    finally:
        await runner.cleanup()


@contextlib.contextmanager
def serve_in_thread(double: Double, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve on a real socket from a thread of its own; yields the base URL. For tests that are not asynchronous."""
    started: threading.Event = threading.Event()
    outcome: dict[str, str] = {}
    failure: list[BaseException] = []
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with _listening(double, host, port) as url:
            outcome["url"] = url
            started.set()
            await stop.wait()

    def work() -> None:
        try:
            loop.run_until_complete(serve())
        except OSError as error:
            failure.append(error)
        finally:
            started.set()
            loop.close()

    thread = threading.Thread(target=work, name=f"double-{double.name}", daemon=True)
    thread.start()
    started.wait()
    if failure:
        raise failure[0]
    try:
        yield outcome["url"]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
