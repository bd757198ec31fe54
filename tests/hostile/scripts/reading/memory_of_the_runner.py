# Tries: to read the memory of the runner, whose number and address it was told.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)


class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


def run(args, context):
    text = ctypes.create_string_buffer(64)
    here = Piece(ctypes.addressof(text), 64)
    there = Piece(args["address"], 64)
    stopped = {}
    for process in (args["processes"][0], os.getppid(), 1):
        size = LIBC.process_vm_readv(process, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
        if size > 0:
            return {"escaped": text.raw[:size].decode(errors="replace")}
        stopped[str(process)] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": sorted(set(stopped.values()))}
