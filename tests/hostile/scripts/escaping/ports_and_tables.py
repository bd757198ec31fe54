# Tries: the processor's own doors: I/O ports, the local descriptor table (x86-64 has them).
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {"x86_64": {"iopl": 172, "ioperm": 173, "ldt": 154}, "aarch64": {"iopl": 1000, "ioperm": 1001, "ldt": 1002}}[
    os.uname().machine
]


def run(args, context):
    stopped = {}
    for name, call in {
        "iopl": lambda: LIBC.syscall(NUMBERS["iopl"], 3),
        "ioperm": lambda: LIBC.syscall(NUMBERS["ioperm"], 0x80, 1, 1),
        "ldt": lambda: LIBC.syscall(NUMBERS["ldt"], 1, ctypes.create_string_buffer(b"\0", 16), 16),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
