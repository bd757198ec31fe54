# Tries: to be told by the kernel where its mounts come from (statmount and listmount).
import ctypes
import errno
import struct

LIBC = ctypes.CDLL(None, use_errno=True)
STATMOUNT, LISTMOUNT = 457, 458


def run(args, context):
    stopped = {}
    found = (ctypes.c_uint64 * 64)()
    request = ctypes.create_string_buffer(struct.pack("IIQQ", 24, 0, 2**64 - 1, 0))
    count = LIBC.syscall(LISTMOUNT, request, found, ctypes.c_size_t(64), 0)
    if count < 0:
        stopped["listmount"] = errno.errorcode[ctypes.get_errno()]
    text = ctypes.create_string_buffer(4096)
    for mount in [*found][: max(count, 1)]:
        request = ctypes.create_string_buffer(struct.pack("IIQQ", 24, 0, mount, 0x8 | 0x10))
        if LIBC.syscall(STATMOUNT, request, text, ctypes.c_size_t(4096), 0) >= 0:
            return {"escaped": repr(text.raw[512:1024].strip(b"\0"))}
        stopped["statmount"] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
