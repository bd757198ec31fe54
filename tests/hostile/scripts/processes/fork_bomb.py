# Tries: a fork bomb: every process that is born goes on forking.
import errno
import os
import time


def run(args, context):
    stopped = set()
    until = time.monotonic() + 0.5
    while time.monotonic() < until:
        try:
            os.fork()
        except OSError as error:
            stopped.add(errno.errorcode[error.errno])
        else:
            return {"escaped": "one became two"}
    return {"stopped": sorted(stopped)}
