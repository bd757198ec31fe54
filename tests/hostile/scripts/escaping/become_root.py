# Tries: to become another user, root before all, by each call there is.
import ctypes
import errno

LIBC = ctypes.CDLL(None, use_errno=True)


def run(args, context):
    stopped = {}
    for name, call in {
        "setuid": lambda: LIBC.setuid(0),
        "setreuid": lambda: LIBC.setreuid(0, 0),
        "setresuid": lambda: LIBC.setresuid(0, 0, 0),
        "other": lambda: LIBC.setresuid(12345, 12345, 12345),
        "setgid": lambda: LIBC.setgid(0),
        "setregid": lambda: LIBC.setregid(0, 0),
        "setresgid": lambda: LIBC.setresgid(0, 0, 0),
        "setgroups": lambda: LIBC.setgroups(ctypes.c_size_t(1), (ctypes.c_uint * 1)(0)),
        "initgroups": lambda: LIBC.initgroups(b"root", 0),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
