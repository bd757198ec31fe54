# Tries: fork(2) through os.fork, so that a child lives on after the run.
import errno
import os
import time


def run(args, context):
    try:
        child = os.fork()
    except OSError as error:
        return {"stopped": errno.errorcode[error.errno]}
    if child == 0:
        time.sleep(60)
        os._exit(0)
    return {"escaped": f"child {child}"}
