# Tries: to give its result and then to stay, in what Python calls at the end.
import atexit
import threading
import time


def for_ever():
    while True:
        time.sleep(1)


def run(args, context):
    atexit.register(for_ever)
    threading._register_atexit(for_ever)
    return {"stopped": "returned"}
