# Tries: to write into the runner's memory.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {
    "x86_64": {"process_vm_writev": 311, "process_madvise": 440},
    "aarch64": {"process_vm_writev": 271, "process_madvise": 440},
}[os.uname().machine]


class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


TEXT = ctypes.create_string_buffer(b"overwritten")
HERE = Piece(ctypes.addressof(TEXT), 11)


def run(args, context):
    stopped = {}
    for name, call in {
        "libc": lambda: LIBC.process_vm_writev(
            args["processes"][0], ctypes.byref(HERE), 1, ctypes.byref(Piece(args["address"], 11)), 1, 0
        ),
        "number": lambda: LIBC.syscall(
            NUMBERS["process_vm_writev"],
            args["processes"][0],
            ctypes.byref(HERE),
            1,
            ctypes.byref(Piece(args["address"], 11)),
            1,
            0,
        ),
        "madvise": lambda: LIBC.syscall(NUMBERS["process_madvise"], 3, ctypes.byref(HERE), 1, 4, 0),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
