# Tries: the host of the virtual machine by AF_VSOCK.
import errno
import socket


def run(args, context):
    try:
        with socket.socket(40, socket.SOCK_STREAM) as connection:
            connection.settimeout(1)
            connection.connect((2, args["tcp"]))
            return {"escaped": "connected"}
    except OSError as error:
        return {"stopped": errno.errorcode.get(error.errno, type(error).__name__)}
