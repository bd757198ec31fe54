# Tries: to see and to change the interfaces of the network.
import errno
import fcntl
import socket


def run(args, context):
    stopped = {}
    try:
        names = [name for _, name in socket.if_nameindex()]
        if set(names) - {"lo"}:
            return {"escaped": names}
        stopped["names"] = "lo"
    except OSError as error:
        stopped["names"] = errno.errorcode[error.errno]
    try:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        fcntl.ioctl(made, 0x8914, b"lo".ljust(16, b"\0") + b"\0\0" + bytes(22))  # SIOCSIFFLAGS
    except OSError as error:
        return {"stopped": stopped | {"flags": errno.errorcode[error.errno]}}
    return {"escaped": "flags"}
