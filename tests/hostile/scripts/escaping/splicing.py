# Tries: pages that are shared with pipes (vmsplice, the way of more than one exploit).
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {"x86_64": {"vmsplice": 278}, "aarch64": {"vmsplice": 75}}[os.uname().machine]


class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


TEXT = ctypes.create_string_buffer(4096)


def run(args, context):
    stopped = {}
    for name, call in {
        "vmsplice": lambda: LIBC.vmsplice(
            os.pipe()[1], ctypes.byref(Piece(ctypes.addressof(TEXT), 4096)), ctypes.c_size_t(1), 0
        ),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
