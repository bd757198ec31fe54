# Tries: to trace the runner, the first process and itself.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)


def run(args, context):
    stopped = {}
    for name, call in {
        "attach": lambda: LIBC.ptrace(16, args["processes"][0], None, None),
        "seize": lambda: LIBC.ptrace(0x4206, args["processes"][0], None, None),
        "parent": lambda: LIBC.ptrace(16, os.getppid() or 1, None, None),
        "me": lambda: LIBC.ptrace(0, 0, None, None),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
