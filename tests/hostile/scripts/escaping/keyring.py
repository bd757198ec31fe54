# Tries: the kernel's keyrings, which know no namespace of mounts.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {
    "x86_64": {"add_key": 248, "request_key": 249, "keyctl": 250},
    "aarch64": {"add_key": 217, "request_key": 218, "keyctl": 219},
}[os.uname().machine]


def run(args, context):
    stopped = {}
    for name, call in {
        "add": lambda: LIBC.syscall(NUMBERS["add_key"], b"user", b"hostile", b"x", 1, -3),
        "request": lambda: LIBC.syscall(NUMBERS["request_key"], b"user", b"canary", None, -3),
        "session": lambda: LIBC.syscall(NUMBERS["keyctl"], 0, -3, 1),
        "join": lambda: LIBC.syscall(NUMBERS["keyctl"], 1, b"_ses"),
        "describe": lambda: LIBC.syscall(NUMBERS["keyctl"], 6, -4, ctypes.create_string_buffer(100), 100),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
