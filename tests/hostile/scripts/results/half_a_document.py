# Tries: half of a document, and to leave.
import os

DOCUMENT = b"ok\n" + b'{"ok": true, "result": {"half'


def run(args, context):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, DOCUMENT)
        except OSError:
            continue
    os._exit(0)
