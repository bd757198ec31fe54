# Tries: a user namespace by the number of the call, for a filter that only knows libc's.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {"x86_64": {"unshare": 272}, "aarch64": {"unshare": 97}}[os.uname().machine]


def run(args, context):
    stopped = {}
    for name, call in {
        "user": lambda: LIBC.syscall(NUMBERS["unshare"], 0x10000000),
        "mount": lambda: LIBC.syscall(NUMBERS["unshare"], 0x10020000),
        "high": lambda: LIBC.syscall(NUMBERS["unshare"], ctypes.c_ulong(0xF00000010000000)),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
