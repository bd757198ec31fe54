# Tries: to be somebody: root of the host's own user space, a member of its groups, with capabilities left.
import ctypes
import os

LIBC = ctypes.CDLL(None, use_errno=True)
CAPGET = {"x86_64": 125, "aarch64": 90}[os.uname().machine]


def run(args, context):
    header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    asked = LIBC.syscall(CAPGET, header, sets)
    if asked == 0 and any(sets):
        return {"escaped": f"capabilities {[*map(hex, sets)]}"}
    if 0 in (os.getuid(), os.geteuid(), os.getgid(), os.getegid()):
        return {"escaped": f"user {os.getuid()}, group {os.getgid()}"}
    return {"stopped": "nobody", "user": os.getuid(), "process": os.getpid()}
