# Tries: to close its streams before its result is written.
import os
import sys


def run(args, context):
    sys.stdout.close()
    sys.stderr.close()
    os.close(0)
    os.close(1)
    os.close(2)
    return {"stopped": "returned"}
