# Tries: to come before all others: niceness, real-time scheduling, other processors.
import errno
import os


def run(args, context):
    stopped = {}
    for name, call in {
        "nice": lambda: os.nice(-20),
        "setpriority": lambda: os.setpriority(os.PRIO_PROCESS, 0, -20),
        "realtime": lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50)),
    }.items():
        try:
            call()
        except OSError as error:
            stopped[name] = errno.errorcode[error.errno]
        else:
            return {"escaped": name}
    return {"stopped": stopped}
