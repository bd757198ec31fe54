"""`python -m simulators.phone`: serve the phone until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

from aiohttp import web

from simulators.phone.app import Parts, Phone

SHUTDOWN_SECONDS = 0.5  # how long calls in progress are waited for; event streams never end by themselves


def base_url(text: str) -> str:
    """An http(s) base URL without a slash at the end; raises ArgumentTypeError."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise argparse.ArgumentTypeError(f"{text!r} is not a URL such as http://127.0.0.1:8101")
    return text.rstrip("/")


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulators.phone", description="A phone to try the product with.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--whatsapp", type=base_url, metavar="URL", help="WhatsApp's double; left out: the real one")
    parser.add_argument("--telegram", type=base_url, metavar="URL", help="Telegram's double; left out: the real one")
    parser.add_argument("--anthropic", type=base_url, metavar="URL", help="Claude's double; left out: the real one")
    parser.add_argument("--transcriber", type=base_url, metavar="URL", help="the transcriber's; left out: real or none")
    parser.add_argument("--web", type=base_url, metavar="URL", help="the product's web process, shown with its state")
    return parser.parse_args(argv)


async def _serve(phone: Phone, host: str, port: int) -> None:
    stop = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    # handler_cancellation: a closed page must end its event stream at the double too, not only when it next speaks
    runner = web.AppRunner(
        phone.application(), access_log=None, handler_cancellation=True, shutdown_timeout=SHUTDOWN_SECONDS
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        bound = runner.addresses[0][1]
        name = f"[{host}]" if ":" in host else host
        sys.stdout.write(f"ready http://{name}:{bound}\n")
        sys.stdout.flush()
        await stop.wait()
    finally:
        await runner.cleanup()


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code."""
    arguments = _arguments(argv)
    parts = Parts(
        whatsapp=arguments.whatsapp,
        telegram=arguments.telegram,
        anthropic=arguments.anthropic,
        transcriber=arguments.transcriber,
        web=arguments.web,
    )
    try:
        asyncio.run(_serve(Phone(parts), arguments.host, arguments.port))
    except OSError as error:
        sys.stderr.write(f"cannot listen on {arguments.host}:{arguments.port}: {error.strerror or error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
