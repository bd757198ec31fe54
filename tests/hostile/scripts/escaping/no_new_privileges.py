# Tries: to take back what forbids new privileges, and to change its own filter's behaviour.
import ctypes
import errno

LIBC = ctypes.CDLL(None, use_errno=True)


def run(args, context):
    stopped = {}
    for name, call in {
        "nnp": lambda: LIBC.prctl(38, 0, 0, 0, 0),
        "seccomp_off": lambda: LIBC.prctl(22, 0, 0, 0, 0),
        "securebits": lambda: LIBC.prctl(28, 0, 0, 0, 0),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
