# Tries: the constants that Python's reader takes and JSON does not have.
import os

DOCUMENT = b"ok\n" + b'{"ok": true, "result": [NaN, Infinity, -Infinity]}'


def run(args, context):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, DOCUMENT)
        except OSError:
            continue
    os._exit(0)
