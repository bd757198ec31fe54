# Tries: nothing but white space, megabytes of it.
import os

DOCUMENT = b"ok\n" + b" \n" * 30_000


def run(args, context):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, DOCUMENT)
        except OSError:
            continue
    os._exit(0)
