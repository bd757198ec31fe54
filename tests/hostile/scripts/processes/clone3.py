# Tries: clone3, whose flags stand in memory where no filter of numbers can read them.
import ctypes
import errno
import os
import signal

LIBC = ctypes.CDLL(None, use_errno=True)


def run(args, context):
    arguments = (ctypes.c_uint64 * 11)()
    arguments[4] = signal.SIGCHLD
    child = LIBC.syscall(435, ctypes.byref(arguments), ctypes.sizeof(arguments))
    if child == 0:
        os._exit(0)
    if child > 0:
        return {"escaped": f"child {child}"}
    return {"stopped": errno.errorcode[ctypes.get_errno()]}
