# Tries: an enormous map without reserve, which counts nowhere until it is touched.
import ctypes
import errno

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.mmap.restype = ctypes.c_long
MAP_NORESERVE, PRIVATE_ANONYMOUS = 0x4000, 0x22


def run(args, context):
    made = LIBC.mmap(None, ctypes.c_size_t(1 << 40), 3, PRIVATE_ANONYMOUS | MAP_NORESERVE, -1, ctypes.c_long(0))
    if made != -1:
        return {"escaped": hex(made)}
    return {"stopped": errno.errorcode[ctypes.get_errno()]}
