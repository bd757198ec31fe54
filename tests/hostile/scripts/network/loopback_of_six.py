# Tries: the host's loopback by IPv6, and the forms of IPv4 within it.
import errno
import socket


def run(args, context):
    stopped = {}
    for host in ("::1", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "fe80::1"):
        try:
            with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as connection:
                connection.settimeout(2)
                connection.connect((host, args["tcp"]))
                return {"escaped": f"{host}: {connection.recv(100).decode()}"}
        except OSError as error:
            stopped[host] = errno.errorcode.get(error.errno, type(error).__name__)
    return {"stopped": stopped}
