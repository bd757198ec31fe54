# Tries: a server of the host on its loopback, whose port it was told.
import errno
import socket


def run(args, context):
    stopped = {}
    for host in ("127.0.0.1", "127.0.0.2", "0.0.0.0", "localhost"):
        try:
            with socket.create_connection((host, args["tcp"]), timeout=2) as connection:
                return {"escaped": connection.recv(100).decode()}
        except OSError as error:
            stopped[host] = errno.errorcode.get(error.errno, type(error).__name__)
    return {"stopped": stopped}
