# Tries: a number that is right in JSON and infinite in a machine.
import os

DOCUMENT = b"ok\n" + b'{"ok": true, "result": 1e999}'


def run(args, context):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, DOCUMENT)
        except OSError:
            continue
    os._exit(0)
