# Tries: to ask the kernel for its interfaces, to change them, to hear what it tells of processes.
import errno
import socket


def run(args, context):
    stopped = {}
    for protocol in range(23):
        try:
            with socket.socket(16, socket.SOCK_RAW, protocol) as made:
                made.bind((0, 0))
        except OSError as error:
            stopped[str(protocol)] = errno.errorcode[error.errno]
        else:
            return {"escaped": protocol}
    return {"stopped": sorted(set(stopped.values()))}
