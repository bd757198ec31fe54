# Tries: a declared host in the address and another in the header, for a server that believes the header.
import os
import socket
from urllib.parse import urlsplit


def run(args, context):
    place = urlsplit(os.environ["http_proxy"])
    answers = []
    for more in (
        "Host: other.example",
        "Host: allowed.example\r\nHost: other.example",
        "Host: other.example\r\nX-Forwarded-Host: other.example",
        "host: other.example\r\nHost: other.example",
    ):
        with socket.create_connection((place.hostname, place.port), timeout=3) as connection:
            request = f"GET http://allowed.example:{args['port']}/hello HTTP/1.1\r\n{more}\r\nConnection: close\r\n\r\n"
            connection.sendall(request.encode())
            answer = b""
            while block := connection.recv(4096):
                answer += block
        if b"world other.example" in answer:
            return {"escaped": answer.decode(errors="replace")}
        answers.append((answer.split(b" ")[1:2] or [b"closed"])[0].decode())
    return {"stopped": answers}
