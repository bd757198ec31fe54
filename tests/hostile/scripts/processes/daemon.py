# Tries: a daemon: away from the session, born of a parent that is gone, all signals ignored.
import errno
import os
import signal
import time


def run(args, context):
    stopped = {}
    try:
        os.setsid()
    except OSError as error:
        stopped["setsid"] = errno.errorcode[error.errno]
    try:
        if os.fork() == 0:
            if os.fork() == 0:
                for each in range(1, 32):
                    if each not in (signal.SIGKILL, signal.SIGSTOP):
                        signal.signal(each, signal.SIG_IGN)
                time.sleep(120)
            os._exit(0)
    except OSError as error:
        return {"stopped": stopped | {"fork": errno.errorcode[error.errno]}}
    return {"escaped": "a daemon runs"}
