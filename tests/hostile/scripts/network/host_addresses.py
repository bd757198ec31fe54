# Tries: the host by the addresses it has in its own network.
import errno
import socket


def run(args, context):
    stopped = {}
    for host in args["addresses"]:
        try:
            with socket.create_connection((host, args["tcp"]), timeout=2) as connection:
                return {"escaped": f"{host}: {connection.recv(100).decode()}"}
        except OSError as error:
            stopped[host] = errno.errorcode.get(error.errno, type(error).__name__)
    return {"stopped": stopped or "none"}
