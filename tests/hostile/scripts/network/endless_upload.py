# Tries: to send a declared host more than a tool may: gigabytes, announced and not.
import os
import socket
from urllib.parse import urlsplit


def send(place, head, block):
    sent = 0
    with socket.create_connection((place.hostname, place.port), timeout=3) as connection:
        connection.sendall(head.encode())
        while sent < 256 << 20:
            connection.sendall(block)
            sent += len(block)
    return sent


def run(args, context):
    place = urlsplit(os.environ["http_proxy"])
    line = f"POST http://allowed.example:{args['port']}/upload HTTP/1.1\r\nHost: allowed.example\r\n"
    block = b"x" * 65536
    stopped = {}
    for name, head, piece in (
        ("announced", f"{line}Content-Length: {1 << 30}\r\n\r\n", block),
        ("chunked", f"{line}Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + block + b"\r\n"),
        ("headers", f"{line}X: ", block),
    ):
        try:
            send(place, head, piece)
        except OSError as error:
            stopped[name] = type(error).__name__
        else:
            return {"escaped": name}
    return {"stopped": stopped}
