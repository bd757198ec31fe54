# Tries: lengths in front, as protocols have them, that promise gigabytes.
import os

DOCUMENT = b"ok\n" + b"\xff\xff\xff\xff\x7f\xff\xff\xff2147483647\n"


def run(args, context):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, DOCUMENT)
        except OSError:
            continue
    os._exit(0)
