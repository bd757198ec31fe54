# Tries: the same by socket and connect as raw calls.
import ctypes
import errno
import os
import struct

LIBC = ctypes.CDLL(None, use_errno=True)
SOCKET, CONNECT = {"x86_64": (41, 42), "aarch64": (198, 203)}[os.uname().machine]


def run(args, context):
    made = LIBC.syscall(SOCKET, 2, 1, 0)
    if made < 0:
        return {"stopped": errno.errorcode[ctypes.get_errno()]}
    address = struct.pack("=H", 2) + struct.pack("!HI", args["tcp"], 0x7F000001) + bytes(8)
    if LIBC.syscall(CONNECT, made, address, 16) == 0:
        return {"escaped": os.read(made, 100).decode()}
    return {"stopped": errno.errorcode[ctypes.get_errno()]}
