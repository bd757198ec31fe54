# Tries: the x32 calls of x86-64, whose numbers a filter must refuse apart from the usual ones.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
X32 = 0x40000000


def run(args, context):
    if os.uname().machine != "x86_64":
        return {"stopped": "EPERM"}
    stopped = {}
    for name, number in {
        "getpid": 39,
        "fork": 57,
        "execve": 520,
        "socket": 41,
        "unshare": 272,
        "ptrace": 521,
        "mount": 165,
    }.items():
        answer = LIBC.syscall(X32 | number, 16 if name == "socket" else 0, 3, 0, 0)
        if answer == 0 and name == "fork":
            os._exit(0)
        if answer >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
