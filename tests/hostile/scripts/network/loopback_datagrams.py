# Tries: datagrams to the host's loopback.
import errno
import socket


def run(args, context):
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.settimeout(1)
            sender.sendto(b"hostile", ("127.0.0.1", args["udp"]))
            return {"escaped": sender.recv(100).decode()}
    except OSError as error:
        return {"stopped": errno.errorcode.get(error.errno, type(error).__name__)}
