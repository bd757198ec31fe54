# Tries: another personality, without the random places of memory.
import ctypes
import errno

LIBC = ctypes.CDLL(None, use_errno=True)


def run(args, context):
    stopped = {}
    for name, call in {
        "personality": lambda: LIBC.personality(ctypes.c_ulong(0x0040000)),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
