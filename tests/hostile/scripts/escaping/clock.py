# Tries: to set the machine's clock, by each of its calls (to what it shows).
import ctypes
import errno
import os
import time

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {
    "x86_64": {"settimeofday": 164, "clock_settime": 227, "adjtimex": 159, "clock_adjtime": 305},
    "aarch64": {"settimeofday": 170, "clock_settime": 112, "adjtimex": 171, "clock_adjtime": 266},
}[os.uname().machine]
NOW = (ctypes.c_long * 2)(int(time.time()), 0)
TICK = ctypes.create_string_buffer(b"\0\x40\0\0", 208)


def run(args, context):
    stopped = {}
    for name, call in {
        "settimeofday": lambda: LIBC.settimeofday(NOW, None),
        "clock_settime": lambda: LIBC.clock_settime(0, NOW),
        "adjtimex": lambda: LIBC.syscall(NUMBERS["adjtimex"], TICK),
        "clock_adjtime": lambda: LIBC.syscall(NUMBERS["clock_adjtime"], 0, TICK),
        "number": lambda: LIBC.syscall(NUMBERS["clock_settime"], 0, NOW),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
