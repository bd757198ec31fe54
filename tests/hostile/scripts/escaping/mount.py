# Tries: mount(2): a tmpfs over /tmp, the processes, a bind of the root, through libc and by number.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {"x86_64": {"mount": 165}, "aarch64": {"mount": 40}}[os.uname().machine]


def run(args, context):
    stopped = {}
    for name, call in {
        "tmpfs": lambda: LIBC.mount(b"none", b"/tmp", b"tmpfs", 0, None),
        "proc": lambda: LIBC.mount(b"proc", b"/tmp", b"proc", 0, None),
        "bind": lambda: LIBC.mount(b"/", b"/tmp", None, 4096, None),
        "remount": lambda: LIBC.mount(None, b"/", None, 32 | 4096, None),
        "overlay": lambda: LIBC.mount(b"overlay", b"/tmp", b"overlay", 0, b"lowerdir=/,upperdir=/tmp,workdir=/tmp"),
        "number": lambda: LIBC.syscall(NUMBERS["mount"], b"none", b"/tmp", b"tmpfs", 0, None),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
