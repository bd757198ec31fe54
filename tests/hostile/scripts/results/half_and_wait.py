# Tries: half of a document, and to wait, for a reader that waits too.
import os

DOCUMENT = b"ok\n" + b'{"ok": true, "result": {"half'


def run(args, context):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, DOCUMENT)
        except OSError:
            continue
    while True:
        os.read(os.pipe()[0], 1)
