# Tries: to become another program, one without whatever watches this one.
import errno
import os
import sys


def run(args, context):
    stopped = set()
    for program in {sys.executable, *(f"{sys.base_prefix}/bin/{each}" for each in ("python3", "python", "python3.11"))}:
        try:
            os.execve(program, [program, "-c", "print('became another')"], {})
        except OSError as error:
            stopped.add(errno.errorcode[error.errno])
    return {"stopped": sorted(stopped)}
