# Tries: to stop itself, so that it neither runs nor ends.
import errno
import os
import signal


def run(args, context):
    stopped = {}
    for number in (signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN):
        try:
            os.kill(0, number)
        except OSError as error:
            stopped[number.name] = errno.errorcode[error.errno]
        else:
            stopped[number.name] = "alive"
    return {"stopped": stopped}
