# Tries: chroot, the old way out of a chroot.
import ctypes
import errno

LIBC = ctypes.CDLL(None, use_errno=True)


def run(args, context):
    stopped = {}
    for name, call in {
        "libc": lambda: LIBC.chroot(b"/tmp"),
        "here": lambda: LIBC.chroot(b"."),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
