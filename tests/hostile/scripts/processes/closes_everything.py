# Tries: to close every descriptor, so that the runner hears nothing and waits.
import os
import time


def run(args, context):
    os.closerange(0, 4096)
    time.sleep(3600)
