# Tries: to reach the runner, its group and everybody by a signal (0, which only asks whether it may).
import ctypes
import errno

LIBC = ctypes.CDLL(None, use_errno=True)


def run(args, context):
    stopped = {}
    for name, call in {
        "runner": lambda: LIBC.kill(args["processes"][0], 0),
        "group": lambda: LIBC.kill(-args["processes"][1], 0),
        "everybody": lambda: LIBC.kill(-1, 0),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
