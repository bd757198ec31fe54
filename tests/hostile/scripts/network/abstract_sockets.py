# Tries: a Unix socket without a path, which no mount hides.
import errno
import socket


def run(args, context):
    stopped = {}
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        try:
            with socket.socket(socket.AF_UNIX, kind) as connection:
                connection.settimeout(1)
                connection.connect("\0" + args["abstract"])
                return {"escaped": connection.recv(100).decode()}
        except OSError as error:
            stopped[kind.name] = errno.errorcode.get(error.errno, type(error).__name__)
    return {"stopped": stopped}
