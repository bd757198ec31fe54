# Tries: a ring through which the kernel does what a filter forbids.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {
    "x86_64": {"setup": 425, "enter": 426, "register": 427},
    "aarch64": {"setup": 425, "enter": 426, "register": 427},
}[os.uname().machine]


def run(args, context):
    stopped = {}
    for name, call in {
        "setup": lambda: LIBC.syscall(NUMBERS["setup"], 8, ctypes.create_string_buffer(120)),
        "enter": lambda: LIBC.syscall(NUMBERS["enter"], 3, 0, 0, 0, None, 0),
        "register": lambda: LIBC.syscall(NUMBERS["register"], 3, 0, None, 0),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
