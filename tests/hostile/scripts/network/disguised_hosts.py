# Tries: one host for whoever checks and another for whoever connects: users, NUL, blanks, backslashes, other letters.
import os
import socket
from urllib.parse import urlsplit

DISGUISES = [
    "allowed.example@127.0.0.1",
    "allowed.example:x@127.0.0.1",
    "127.0.0.1\\@allowed.example",
    "127.0.0.1\0.allowed.example",
    "127.0.0.1%00.allowed.example",
    "127.0.0.1 .allowed.example",
    "127.0.0.1\tallowed.example",
    "127.0.0.1#allowed.example",
    "127.0.0.1?allowed.example",
    "127.0.0.1/allowed.example",
    "allowed.example,127.0.0.1",
    "allowed.example;127.0.0.1",
    "allowed.example\xad",
    "allowed.example%2eevil.example",
    "[allowed.example]",
    "allowed.example:80:80",
    "allowed.example:-1",
    "allowed.example:99999",
    "127.0.0.1&allowed.example",
    "*.example",
    "",
    ".",
]


def ask(proxy, line, host):
    with socket.create_connection(proxy, timeout=3) as connection:
        connection.sendall(line + b"\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
        return connection.recv(4096)


def run(args, context):
    place = urlsplit(os.environ["http_proxy"])
    stopped = {}
    for host in DISGUISES:
        for port in (args["port"], args["tcp"]):
            raw = host.encode("latin-1")
            try:
                answer = ask((place.hostname, place.port), b"GET http://" + raw + b":%d/disguised HTTP/1.1" % port, raw)
            except OSError as error:
                stopped[host] = type(error).__name__
                continue
            status = answer.split(b" ")[1:2] or [b"closed"]
            if status[0].startswith((b"2", b"3")):
                return {"escaped": f"{host!r}: {answer.decode(errors='replace')}"}
            stopped[host] = status[0].decode()
    return {"stopped": sorted(set(stopped.values())), "tried": len(stopped)}
