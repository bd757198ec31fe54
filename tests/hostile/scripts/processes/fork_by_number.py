# Tries: fork, vfork and clone as raw system calls, past whatever wraps them in libc.
import ctypes
import errno
import os
import signal

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {"x86_64": {"fork": 57, "clone": 56}, "aarch64": {"clone": 220}}[os.uname().machine]


def run(args, context):
    stopped = {}
    for name, number in NUMBERS.items():
        child = LIBC.syscall(number, signal.SIGCHLD if name == "clone" else 0, 0, 0, 0, 0)
        if child == 0:
            os._exit(0)
        if child > 0:
            return {"escaped": f"{name}: child {child}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
