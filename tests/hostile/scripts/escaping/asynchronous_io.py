# Tries: the older asynchronous reading and writing.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {"x86_64": {"io_setup": 206}, "aarch64": {"io_setup": 0}}[os.uname().machine]


def run(args, context):
    stopped = {}
    for name, call in {
        "setup": lambda: LIBC.syscall(NUMBERS["io_setup"], 128, ctypes.byref(ctypes.c_ulong())),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
