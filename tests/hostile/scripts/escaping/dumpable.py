# Tries: to make itself dumpable, so that others of its user may look into it, and the other way round.
import ctypes
import errno

LIBC = ctypes.CDLL(None, use_errno=True)


def run(args, context):
    stopped = {}
    for name, call in {
        "dumpable": lambda: LIBC.prctl(4, 1, 0, 0, 0),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
