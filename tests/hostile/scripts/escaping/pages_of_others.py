# Tries: to move the pages of others between nodes of memory.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {"x86_64": {"move_pages": 279, "migrate_pages": 256}, "aarch64": {"move_pages": 239, "migrate_pages": 238}}[
    os.uname().machine
]


def run(args, context):
    stopped = {}
    for name, call in {
        "move": lambda: LIBC.syscall(NUMBERS["move_pages"], args["processes"][0], 0, None, None, None, 0),
        "migrate": lambda: LIBC.syscall(
            NUMBERS["migrate_pages"],
            args["processes"][0],
            8,
            ctypes.byref(ctypes.c_ulong(1)),
            ctypes.byref(ctypes.c_ulong(1)),
        ),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
