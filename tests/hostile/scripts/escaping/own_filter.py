# Tries: a filter of its own that answers calls in the kernel's stead (seccomp with a listener).
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {"x86_64": {"seccomp": 317}, "aarch64": {"seccomp": 277}}[os.uname().machine]


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


ALLOW = ctypes.create_string_buffer(b"\x06\0\0\0\0\0\xff\x7f")
PROGRAM = Program(1, ctypes.addressof(ALLOW))


def run(args, context):
    stopped = {}
    for name, call in {
        "listener": lambda: LIBC.syscall(NUMBERS["seccomp"], 1, 8, ctypes.byref(PROGRAM)),
        "plain": lambda: LIBC.syscall(NUMBERS["seccomp"], 1, 0, ctypes.byref(PROGRAM)),
        "prctl": lambda: LIBC.prctl(22, 2, ctypes.byref(PROGRAM), 0, 0),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
