# Tries: to run a program that lies in memory only.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {"x86_64": {"memfd_create": 319, "execveat": 322}, "aarch64": {"memfd_create": 279, "execveat": 281}}[
    os.uname().machine
]
NONE = (ctypes.c_char_p * 1)(None)


def run(args, context):
    stopped = {}
    for name, call in {
        "create": lambda: LIBC.memfd_create(b"program", 0),
        "number": lambda: LIBC.syscall(NUMBERS["memfd_create"], b"program", 1),
        "execveat": lambda: LIBC.syscall(NUMBERS["execveat"], os.open(os.__file__, 0), b"", NONE, NONE, 0x1000),
        "fexecve": lambda: LIBC.fexecve(os.open(os.__file__, 0), NONE, NONE),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
