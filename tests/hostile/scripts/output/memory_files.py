# Tries: files that live in memory only, outside every limit of the disk.
import ctypes
import errno

LIBC = ctypes.CDLL(None, use_errno=True)


def run(args, context):
    stopped = {}
    for name, make in {
        "memfd": lambda: LIBC.memfd_create(b"memory", 0),
        "secret": lambda: LIBC.syscall(447, 0),
    }.items():
        if make() >= 0:
            return {"escaped": name}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
