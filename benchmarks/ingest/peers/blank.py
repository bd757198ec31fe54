"""`python -m benchmarks.ingest.peers.blank PORT`: answers every request at once and does nothing, to see what the load
generator itself can do."""

from __future__ import annotations

import selectors
import socket
import sys

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"


def main(port: int) -> None:
    """A request arrives in one piece here: it is smaller than a segment on loopback, and one is sent at a time."""
    with selectors.DefaultSelector() as selector, socket.create_server(("127.0.0.1", port)) as listening:
        selector.register(listening, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is listening:
                    connection, _address = listening.accept()
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    selector.register(connection, selectors.EVENT_READ, connection)
                elif key.data.recv(65536):
                    key.data.sendall(ANSWER)
                else:
                    selector.unregister(key.data)
                    key.data.close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
