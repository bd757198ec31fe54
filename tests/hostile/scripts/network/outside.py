# Tries: anything in the world.
import errno
import socket


def run(args, context):
    stopped = {}
    for host, port in (
        ("1.1.1.1", 443),
        ("8.8.8.8", 53),
        ("93.184.216.34", 80),
        ("10.0.0.1", 80),
        ("192.168.0.1", 80),
        ("172.17.0.1", 80),
    ):
        try:
            socket.create_connection((host, port), timeout=1)
        except OSError as error:
            stopped[host] = errno.errorcode.get(error.errno, type(error).__name__)
        else:
            return {"escaped": host}
    return {"stopped": stopped}
