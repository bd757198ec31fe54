# Tries: to kill the runner by the numbers of its threads.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {
    "x86_64": {"tkill": 200, "tgkill": 234, "sigqueue": 129},
    "aarch64": {"tkill": 130, "tgkill": 131, "sigqueue": 138},
}[os.uname().machine]


def run(args, context):
    stopped = {}
    for name, call in {
        "tkill": lambda: LIBC.syscall(NUMBERS["tkill"], args["processes"][0], 0),
        "tgkill": lambda: LIBC.syscall(NUMBERS["tgkill"], args["processes"][0], args["processes"][0], 0),
        "queue": lambda: LIBC.syscall(NUMBERS["sigqueue"], args["processes"][0], 0, ctypes.create_string_buffer(128)),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
