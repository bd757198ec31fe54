# Tries: pivot_root onto its own directory.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {"x86_64": {"pivot_root": 155}, "aarch64": {"pivot_root": 41}}[os.uname().machine]


def run(args, context):
    stopped = {}
    for name, call in {
        "number": lambda: LIBC.syscall(NUMBERS["pivot_root"], b"/tmp", b"/tmp"),
        "here": lambda: LIBC.syscall(NUMBERS["pivot_root"], b".", b"."),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
