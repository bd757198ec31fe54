# Tries: descriptors from elsewhere through a pair of sockets, and to keep thousands of them in flight.
import array
import errno
import socket


def run(args, context):
    try:
        here, there = socket.socketpair()
    except OSError as error:
        return {"stopped": errno.errorcode[error.errno]}
    here.setblocking(False)
    sent = 0
    try:
        while sent < 100_000:
            here.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [there.fileno()] * 200))])
            sent += 200
    except OSError as error:
        return {"stopped": errno.errorcode[error.errno], "sent": sent}
    return {"escaped": f"{sent} in flight"}
