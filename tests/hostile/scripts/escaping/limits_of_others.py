# Tries: to change the limits of the runner, and to read them.
import ctypes
import errno

LIBC = ctypes.CDLL(None, use_errno=True)
LIMIT = (ctypes.c_uint64 * 2)(0, 0)


def run(args, context):
    stopped = {}
    for name, call in {
        "set": lambda: LIBC.prlimit(args["processes"][0], 7, LIMIT, None),
        "get": lambda: LIBC.prlimit(args["processes"][0], 7, None, LIMIT),
        "first": lambda: LIBC.prlimit(2, 7, LIMIT, None),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
