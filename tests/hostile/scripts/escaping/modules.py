# Tries: to load modules into the kernel, and to take some out.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {
    "x86_64": {"init_module": 175, "finit_module": 313, "delete_module": 176},
    "aarch64": {"init_module": 105, "finit_module": 273, "delete_module": 106},
}[os.uname().machine]


def run(args, context):
    stopped = {}
    for name, call in {
        "init": lambda: LIBC.syscall(NUMBERS["init_module"], b"x", 1, b""),
        "finit": lambda: LIBC.syscall(NUMBERS["finit_module"], 0, b"", 0),
        "delete": lambda: LIBC.syscall(NUMBERS["delete_module"], b"nothing_of_this_name", 0x800),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
