# Tries: to change what the runner holds at the other end: descriptors made blocking, pipes enlarged, files truncated.
import errno
import fcntl
import os


def run(args, context):
    stopped = set()
    for descriptor in range(16):
        for change in (
            lambda number=descriptor: os.ftruncate(number, 0),
            lambda number=descriptor: fcntl.fcntl(number, 1033, 0x1F),  # F_ADD_SEALS
            lambda number=descriptor: fcntl.fcntl(number, fcntl.F_SETFL, os.O_NONBLOCK | os.O_ASYNC),
            lambda number=descriptor: fcntl.fcntl(number, fcntl.F_SETOWN, 1),
            lambda number=descriptor: fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB),
        ):
            try:
                change()
            except OSError as error:
                stopped.add(errno.errorcode[error.errno])
    return {"stopped": sorted(stopped)}
