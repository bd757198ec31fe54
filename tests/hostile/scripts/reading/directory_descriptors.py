# Tries: to go out through a descriptor of a directory that somebody left open.
import errno
import os


def run(args, context):
    stopped = set()
    for descriptor in range(1024):
        try:
            inner = os.open("../" * 20 + args["file"].lstrip("/"), os.O_RDONLY, dir_fd=descriptor)
        except OSError as error:
            stopped.add(errno.errorcode[error.errno])
        else:
            return {"escaped": os.read(inner, 100).decode()}
    return {"stopped": sorted(stopped)}
