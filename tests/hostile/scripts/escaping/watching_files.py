# Tries: to watch the files of the host.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {"x86_64": {"fanotify_init": 300}, "aarch64": {"fanotify_init": 262}}[os.uname().machine]


def run(args, context):
    stopped = {}
    for name, call in {
        "fanotify": lambda: LIBC.syscall(NUMBERS["fanotify_init"], 0x200, 0),
        "fanotify_class": lambda: LIBC.syscall(NUMBERS["fanotify_init"], 4, 0),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
