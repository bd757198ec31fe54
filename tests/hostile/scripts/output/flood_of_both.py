# Tries: to fill the standard error while the reader looks at the output, and the other way round.
import os
import threading


def flood(descriptor):
    while True:
        os.write(descriptor, b"x" * 65536)


def run(args, context):
    threading.Thread(target=flood, args=[2], daemon=True).start()
    flood(1)
