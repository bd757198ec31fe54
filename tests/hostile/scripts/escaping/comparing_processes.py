# Tries: to learn of kernel addresses by comparing processes (kcmp).
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {"x86_64": {"kcmp": 312}, "aarch64": {"kcmp": 272}}[os.uname().machine]


def run(args, context):
    stopped = {}
    for name, call in {
        "runner": lambda: LIBC.syscall(NUMBERS["kcmp"], args["processes"][0], args["processes"][0], 1, 0, 0),
        "me": lambda: LIBC.syscall(NUMBERS["kcmp"], 1, 1, 0, 0, 1),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
