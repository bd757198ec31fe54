# Tries: to hold processes by descriptors: the runner's, and through it the runner's files.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {
    "x86_64": {"pidfd_open": 434, "pidfd_getfd": 438, "pidfd_send_signal": 424},
    "aarch64": {"pidfd_open": 434, "pidfd_getfd": 438, "pidfd_send_signal": 424},
}[os.uname().machine]


def run(args, context):
    stopped = {}
    for name, call in {
        "runner": lambda: LIBC.syscall(NUMBERS["pidfd_open"], args["processes"][0], 0),
        "first": lambda: LIBC.syscall(NUMBERS["pidfd_open"], 1, 0),
        "getfd": lambda: LIBC.syscall(NUMBERS["pidfd_getfd"], 3, 0, 0),
        "signal": lambda: LIBC.syscall(NUMBERS["pidfd_send_signal"], 3, 9, None, 0),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
