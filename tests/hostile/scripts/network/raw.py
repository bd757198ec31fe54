# Tries: raw sockets of both families, and whole frames.
import errno
import socket


def run(args, context):
    stopped = {}
    for name, kind in {
        "icmp": (socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
        "raw": (socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW),
        "six": (socket.AF_INET6, socket.SOCK_RAW, 58),
        "ping": (socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP),
        "frames": (17, socket.SOCK_RAW, 0x0300),
        "cooked": (17, socket.SOCK_DGRAM, 0x0300),
    }.items():
        try:
            socket.socket(*kind)
        except OSError as error:
            stopped[name] = errno.errorcode[error.errno]
        else:
            return {"escaped": name}
    return {"stopped": stopped}
