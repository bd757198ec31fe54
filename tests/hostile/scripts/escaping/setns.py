# Tries: to enter another's namespace by descriptor: all of its descriptors, and by the number of a process.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)


def run(args, context):
    stopped = {}
    for name, call in {
        "first": lambda: LIBC.setns(os.open("/", 0), 0),
        "pipe": lambda: LIBC.setns(os.pipe()[0], 0),
        "output": lambda: LIBC.setns(1, 0x40000000),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
