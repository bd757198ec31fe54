# Tries: to be a server that others can reach.
import errno
import socket


def run(args, context):
    stopped = {}
    for host in ("0.0.0.0", "127.0.0.1", *args["addresses"]):
        try:
            with socket.socket() as made:
                made.bind((host, 0))
                made.listen()
                return {"escaped": f"listens on {made.getsockname()}"}
        except OSError as error:
            stopped[host] = errno.errorcode[error.errno]
    return {"stopped": stopped}
