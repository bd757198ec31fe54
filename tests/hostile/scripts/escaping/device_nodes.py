# Tries: to make the devices that are not there: memory, the first disk.
import ctypes
import errno

LIBC = ctypes.CDLL(None, use_errno=True)


def run(args, context):
    stopped = {}
    for name, call in {
        "memory": lambda: LIBC.mknod(b"memory", 0o20666, ctypes.c_ulong(0x101)),
        "disk": lambda: LIBC.mknod(b"disk", 0o60666, ctypes.c_ulong(0xFE00)),
        "at": lambda: LIBC.mknodat(-100, b"again", 0o20666, ctypes.c_ulong(0x101)),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
