# Tries: to lock files that all runs share, by which one script tells another something and holds up the host.
import errno
import fcntl
import json
import os


def run(args, context):
    stopped = {}
    for path in (json.__file__, os.__file__, "/dev/null", "/dev/urandom"):
        held, other = (os.open(path, os.O_RDONLY) for _ in range(2))
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return {"escaped": f"a lock on {path} holds"}
        except OSError as error:
            stopped[path] = errno.errorcode[error.errno]
            continue
        stopped[path] = "none"
    return {"stopped": stopped}
