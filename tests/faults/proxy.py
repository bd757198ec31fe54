"""A TCP proxy that misbehaves on request: it stands between a process and the database or the broker.

Every method may be called from any thread and holds for the connections there are and for those to come.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass
from typing import Any, Literal

from tests.faults.background import Background

Direction = Literal["to_server", "to_client"]
CHUNK = 65536
RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, for no time: closing sends RST


@dataclass(eq=False)
class Link:
    """The two ends of one connection."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter | None = None

    def reset(self) -> None:
        for writer in (self.near, self.far):
            if writer is None or writer.transport.is_closing():
                continue
            connection: Any = writer.get_extra_info("socket")
            if connection is not None:
                with contextlib.suppress(OSError):
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()


class Proxy:
    def __init__(self, background: Background, target: int, host: str = "127.0.0.1") -> None:
        self._background, self._host, self._target = background, host, target
        self._links: set[Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._delay = 0.0
        self._refuses = False
        self._cut: dict[Direction, int] = {}
        self._passing: asyncio.Event
        self._server: asyncio.Server
        self.port: int = background.run(self._listen())

    def pass_on(self) -> None:
        """Behave. What was held back goes on its way, late."""
        self._background.call(self._behave)

    def delay(self, seconds: float) -> None:
        """Hold each piece back for so long, in both directions."""
        self._background.call(lambda: setattr(self, "_delay", seconds))

    def reset(self) -> None:
        """Cut every connection there is, with a RST; new ones pass."""
        self._background.call(self._reset)

    def refuse(self) -> None:
        """Cut every connection, and each new one at once."""

        def begin() -> None:
            self._refuses = True
            self._reset()

        self._background.call(begin)

    def black_hole(self) -> None:
        """Accept and stay silent; what connections there are fall silent too."""
        self._background.call(self._passing.clear)

    def cut_after(self, count: int, direction: Direction) -> None:
        """Let `count` more bytes pass in that direction, then cut the connection that carried the last of them."""
        self._background.call(lambda: self._cut.__setitem__(direction, count))

    @property
    def connections(self) -> int:
        return len(self._links)

    def close(self) -> None:
        async def end() -> None:
            self._server.close()
            self._reset()
            for task in tuple(self._tasks):
                task.cancel()

        self._background.run(end())

    async def _listen(self) -> int:
        self._passing = asyncio.Event()
        self._passing.set()
        self._server = await asyncio.start_server(self._accept, self._host, 0)
        return int(self._server.sockets[0].getsockname()[1])

    def _behave(self) -> None:
        self._delay, self._refuses = 0.0, False
        self._cut.clear()
        self._passing.set()

    def _reset(self) -> None:
        for link in tuple(self._links):
            link.reset()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(writer)
        self._links.add(link)
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
        try:
            await self._serve(link, reader)
        except asyncio.CancelledError:
            pass  # the proxy closes; asyncio's server would complain of a cancelled handler
        finally:
            link.reset()
            self._links.discard(link)
            if task is not None:
                self._tasks.discard(task)

    async def _serve(self, link: Link, reader: asyncio.StreamReader) -> None:
        await self._passing.wait()
        if self._refuses or link.near.transport.is_closing():
            return
        try:
            far_reader, link.far = await asyncio.open_connection(self._host, self._target)
        except OSError:
            return  # nobody listens there: the caller sees its connection cut
        if link.near.transport.is_closing():
            return  # cut meanwhile
        for end in (link.near, link.far):
            end.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        there = asyncio.create_task(self._pump(link, reader, link.far, "to_server"))
        back = asyncio.create_task(self._pump(link, far_reader, link.near, "to_client"))
        try:
            await asyncio.gather(there, back)
        finally:
            there.cancel()
            back.cancel()

    async def _pump(
        self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, direction: Direction
    ) -> None:
        """Carry one direction until it ends; an end is passed on as such, a broken connection breaks the other side."""
        try:
            while data := await reader.read(CHUNK):
                if self._delay:
                    await asyncio.sleep(self._delay)
                await self._passing.wait()
                left = self._cut.get(direction)
                if left is not None and len(data) >= left:
                    del self._cut[direction]
                    writer.write(data[:left])
                    writer.transport.close()  # after what it still holds: those bytes are to arrive
                    link.reset()
                    return
                if left is not None:
                    self._cut[direction] = left - len(data)
                writer.write(data)
                await writer.drain()
            if writer.can_write_eof() and not writer.transport.is_closing():
                writer.write_eof()
        except OSError:
            link.reset()
