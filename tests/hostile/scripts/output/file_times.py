# Tries: to set the times of what it shares with the host: devices, and the interpreter's files.
import ctypes
import errno
import json
import os

CALLS = {"utime": 132, "utimes": 235, "futimesat": 261, "utimensat": 280}  # of x86_64


def by_number(name, path):
    times = (ctypes.c_int64 * 4)(1000, 0, 1000, 0)
    where = [-100] if name in ("futimesat", "utimensat") else []
    if os.uname().machine == "x86_64" and ctypes.CDLL(None, use_errno=True).syscall(
        CALLS[name], *where, path.encode(), times, 0
    ):
        raise OSError(ctypes.get_errno(), name)


def run(args, context):
    stopped = {}
    for path in ("/dev/null", "/dev/zero", "/dev/urandom", "/dev", json.__file__):
        before = os.stat(path)
        ways = {"os.utime": lambda path=path: os.utime(path, (1000, 1000)), "now": lambda path=path: os.utime(path)}
        ways |= {name: lambda path=path, name=name: by_number(name, path) for name in CALLS}
        for way, attempt in ways.items():
            try:
                attempt()
                stopped[f"{way} {path}"] = "none"
            except OSError as error:
                stopped[f"{way} {path}"] = errno.errorcode[error.errno]
        after = os.stat(path)
        if (before.st_mtime_ns, before.st_atime_ns) != (after.st_mtime_ns, after.st_atime_ns):
            return {"escaped": f"{path}: {after}"}
    return {"stopped": stopped}
