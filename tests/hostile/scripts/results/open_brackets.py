# Tries: brackets that nobody closes.
import os

DOCUMENT = b"ok\n" + b"[" * 250_000


def run(args, context):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, DOCUMENT)
        except OSError:
            continue
    os._exit(0)
