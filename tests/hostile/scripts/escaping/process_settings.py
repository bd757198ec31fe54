# Tries: prctl's other doors: who may trace it, who inherits orphans, where its memory lies, speculation.
import ctypes
import errno

LIBC = ctypes.CDLL(None, use_errno=True)


def run(args, context):
    stopped = {}
    for name, call in {
        "tracer": lambda: LIBC.prctl(0x59616D61, ctypes.c_long(-1), 0, 0, 0),
        "orphans": lambda: LIBC.prctl(36, 1, 0, 0, 0),
        "memory": lambda: LIBC.prctl(35, 13, ctypes.c_long(0), 0, 0),
        "core": lambda: LIBC.prctl(62, 0, 0, 0, 0),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
