# Tries: locks on single bytes of files, thousands of them: each costs the kernel memory that no limit counts.
import errno
import fcntl
import os
import struct

F_OFD_GETLK, F_OFD_SETLK = 36, 37


def lock(place):
    return struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, place, 1, 0)


def run(args, context):
    stopped = {}
    for name, command in {"record": fcntl.F_SETLK, "waiting": fcntl.F_SETLKW, "description": F_OFD_SETLK}.items():
        file, other = (os.open(name, os.O_CREAT | os.O_RDWR) for _ in range(2))
        try:
            for place in range(0, 4000, 2):
                fcntl.fcntl(file, command, lock(place))
            there = struct.unpack("hhqqi4x", fcntl.fcntl(other, F_OFD_GETLK, lock(0)))
        except OSError as error:
            stopped[name] = errno.errorcode[error.errno]
            continue
        if there[0] != fcntl.F_UNLCK:
            return {"escaped": f"{name}: {there}"}
        stopped[name] = "none"
    return {"stopped": stopped}
