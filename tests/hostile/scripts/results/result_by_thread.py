# Tries: to leave by a thread while the shim writes.
import os
import threading
import time


def run(args, context):
    def leave():
        time.sleep(0.005)
        os._exit(0)

    threading.Thread(target=leave).start()
    return ["x" * 100] * 2000
