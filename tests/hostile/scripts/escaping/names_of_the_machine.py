# Tries: to give the machine another name.
import ctypes
import errno

LIBC = ctypes.CDLL(None, use_errno=True)


def run(args, context):
    stopped = {}
    for name, call in {
        "hostname": lambda: LIBC.sethostname(b"hostile", ctypes.c_size_t(7)),
        "domain": lambda: LIBC.setdomainname(b"hostile", ctypes.c_size_t(7)),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
