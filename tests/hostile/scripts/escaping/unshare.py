# Tries: new namespaces of each kind, the user's first, by libc.
import ctypes
import errno

LIBC = ctypes.CDLL(None, use_errno=True)


def run(args, context):
    stopped = {}
    for name, call in {
        "user": lambda: LIBC.unshare(0x10000000),
        "mount": lambda: LIBC.unshare(0x20000),
        "network": lambda: LIBC.unshare(0x40000000),
        "processes": lambda: LIBC.unshare(0x20000000),
        "names": lambda: LIBC.unshare(0x4000000),
        "ipc": lambda: LIBC.unshare(0x8000000),
        "cgroup": lambda: LIBC.unshare(0x2000000),
        "time": lambda: LIBC.unshare(0x80),
        "everything": lambda: LIBC.unshare(0x7E020080),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
