# Tries: calls that hardly a program makes: lookup_dcookie, vhangup, nfsservctl, uselib, sysfs, ustat.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {
    "x86_64": {"lookup_dcookie": 212, "vhangup": 153, "nfsservctl": 180, "uselib": 134, "sysfs": 139, "ustat": 136},
    "aarch64": {"lookup_dcookie": 18, "vhangup": 58, "nfsservctl": 42, "uselib": 1000, "sysfs": 1001, "ustat": 1002},
}[os.uname().machine]


def run(args, context):
    stopped = {}
    for name, call in {
        "lookup_dcookie": lambda: LIBC.syscall(NUMBERS["lookup_dcookie"], None, None, None),
        "vhangup": lambda: LIBC.syscall(NUMBERS["vhangup"], None, None, None),
        "nfsservctl": lambda: LIBC.syscall(NUMBERS["nfsservctl"], None, None, None),
        "uselib": lambda: LIBC.syscall(NUMBERS["uselib"], None, None, None),
        "sysfs": lambda: LIBC.syscall(NUMBERS["sysfs"], None, None, None),
        "ustat": lambda: LIBC.syscall(NUMBERS["ustat"], None, None, None),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
