# Tries: to serve page faults itself, the lever of many exploits of the kernel.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {"x86_64": {"userfaultfd": 323}, "aarch64": {"userfaultfd": 282}}[os.uname().machine]


def run(args, context):
    stopped = {}
    for name, call in {
        "plain": lambda: LIBC.syscall(NUMBERS["userfaultfd"], 0),
        "user": lambda: LIBC.syscall(NUMBERS["userfaultfd"], 1),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
