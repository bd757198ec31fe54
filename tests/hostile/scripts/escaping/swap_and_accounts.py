# Tries: swap, accounting of processes and quotas: what only an administrator sets.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {
    "x86_64": {"swapon": 167, "swapoff": 168, "acct": 163, "quotactl": 179},
    "aarch64": {"swapon": 224, "swapoff": 225, "acct": 89, "quotactl": 60},
}[os.uname().machine]


def run(args, context):
    stopped = {}
    for name, call in {
        "swapon": lambda: LIBC.syscall(NUMBERS["swapon"], b"/tmp", 0),
        "swapoff": lambda: LIBC.syscall(NUMBERS["swapoff"], b"/tmp"),
        "acct": lambda: LIBC.syscall(NUMBERS["acct"], b"/tmp/acct"),
        "quotactl": lambda: LIBC.syscall(NUMBERS["quotactl"], 0x80000100, b"/", 0, None),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
