# Tries: every other family of sockets: of virtual machines, of the kernel's ciphers, of Bluetooth.
import errno
import socket


def run(args, context):
    stopped = set()
    for family in range(3, 48):
        if family in (10, 16):
            continue
        for kind in (1, 2, 3, 5):
            try:
                socket.socket(family, kind, 0)
            except OSError as error:
                stopped.add(errno.errorcode[error.errno])
            else:
                return {"escaped": f"family {family}, kind {kind}"}
    return {"stopped": sorted(stopped)}
