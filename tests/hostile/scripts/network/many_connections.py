# Tries: to open connections to the proxy and to leave them open beyond its own end.
import errno
import os
import socket
from urllib.parse import urlsplit


def run(args, context):
    place = urlsplit(os.environ["http_proxy"])
    held = []
    while len(held) < 5000:
        try:
            held.append(socket.create_connection((place.hostname, place.port), timeout=1))
        except OSError as error:
            return {"stopped": errno.errorcode.get(error.errno, type(error).__name__), "held": len(held)}
    return {"escaped": f"{len(held)} connections"}
