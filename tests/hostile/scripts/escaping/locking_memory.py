# Tries: to lock memory, so that others have less.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {"x86_64": {"mlock2": 325}, "aarch64": {"mlock2": 284}}[os.uname().machine]
BLOCK = ctypes.create_string_buffer(1 << 20)


def run(args, context):
    stopped = {}
    for name, call in {
        "mlock": lambda: LIBC.mlock(BLOCK, ctypes.c_size_t(1 << 20)),
        "mlockall": lambda: LIBC.mlockall(3),
        "mlock2": lambda: LIBC.syscall(NUMBERS["mlock2"], BLOCK, ctypes.c_size_t(1 << 20), 0),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
