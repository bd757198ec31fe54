# Tries: to take away what lies over the root, and to see what is beneath.
import ctypes
import errno

LIBC = ctypes.CDLL(None, use_errno=True)


def run(args, context):
    stopped = {}
    for name, call in {
        "plain": lambda: LIBC.umount2(b"/", 0),
        "lazy": lambda: LIBC.umount2(b"/", 2),
        "tmp": lambda: LIBC.umount2(b"/tmp", 2),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
