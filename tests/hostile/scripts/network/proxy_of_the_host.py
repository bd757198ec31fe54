# Tries: the proxy's ways for others: hop-by-hop headers, its credentials, TRACE, an upgrade to another protocol.
import os
import socket
from urllib.parse import urlsplit


def run(args, context):
    place = urlsplit(os.environ["http_proxy"])
    stopped = {}
    for name, request in {
        "trace": "TRACE http://allowed.example:PORT/trace HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n",
        "upgrade": "GET http://allowed.example:PORT/ HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2\r\n\r\n",
        "options": "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "method": "G\x00T http://allowed.example:PORT/hello HTTP/1.1\r\nHost: a\r\n\r\n",
        "old": "GET http://127.0.0.1:PORT/hello HTTP/0.9\r\n\r\n",
        "two": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "socks": "\x05\x01\x00",
        "binary": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    }.items():
        with socket.create_connection((place.hostname, place.port), timeout=2) as connection:
            connection.sendall(request.replace("PORT", str(args["port"])).encode("latin-1"))
            try:
                connection.shutdown(socket.SHUT_WR)
                answer = connection.recv(4096)
            except OSError:
                answer = b" silent "
        stopped[name] = (answer.split(b" ")[1:2] or [b"closed"])[0].decode()
        if b"101" in answer[:20]:
            return {"escaped": name}
    return {"stopped": "tried", "answers": stopped}
