# Tries: to sit on the proxy's own port inside, and to answer itself.
import errno
import os
import socket
from urllib.parse import urlsplit


def run(args, context):
    port = urlsplit(os.environ["http_proxy"]).port
    stopped = {}
    for host in ("127.0.0.1", "0.0.0.0"):
        with socket.socket() as made:
            try:
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            except OSError as error:
                stopped[f"{host} option"] = errno.errorcode[error.errno]
            try:
                made.bind((host, port))
            except OSError as error:
                stopped[host] = errno.errorcode[error.errno]
            else:
                return {"escaped": host}
    return {"stopped": stopped}
