# Tries: to die of SIGKILL by its own hand, or of whatever else works.
import os
import signal


def run(args, context):
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        os.kill(os.getpid(), number)
    return {"stopped": "alive"}
