# Tries: vfork by its number (x86-64), and what aarch64 has instead: clone with CLONE_VM | CLONE_VFORK.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
CALL = {"x86_64": (58,), "aarch64": (220, 0x4100 | 17, 0, 0, 0, 0)}[os.uname().machine]


def run(args, context):
    child = LIBC.syscall(*CALL)
    if child == 0:
        os._exit(0)
    if child > 0:
        return {"escaped": f"child {child}"}
    return {"stopped": errno.errorcode[ctypes.get_errno()]}
