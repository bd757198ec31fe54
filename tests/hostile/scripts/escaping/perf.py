# Tries: to watch others by the processor's counters.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {"x86_64": {"perf_event_open": 298}, "aarch64": {"perf_event_open": 241}}[os.uname().machine]
ATTRIBUTES = ctypes.create_string_buffer(b"\1\0\0\0\x70\0\0\0", 112)


def run(args, context):
    stopped = {}
    for name, call in {
        "me": lambda: LIBC.syscall(NUMBERS["perf_event_open"], ATTRIBUTES, 0, -1, -1, 0),
        "all": lambda: LIBC.syscall(NUMBERS["perf_event_open"], ATTRIBUTES, -1, 0, -1, 0),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
