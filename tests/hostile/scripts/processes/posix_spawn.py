# Tries: posix_spawn of the interpreter, which goes by vfork.
import errno
import os
import sys


def run(args, context):
    stopped = {}
    for program in (sys.executable, "/bin/sh", "/usr/bin/python3", "/proc/self/exe"):
        try:
            child = os.posix_spawn(program, [program, "-c", "pass"], {})
        except OSError as error:
            stopped[program] = errno.errorcode[error.errno]
        else:
            return {"escaped": f"{program}: child {child}"}
    return {"stopped": sorted(set(stopped.values()))}
