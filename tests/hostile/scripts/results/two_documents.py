# Tries: two documents, the second of them for whoever reads on.
import os

DOCUMENT = b"ok\n" + b'{"ok": true, "result": 1}\n{"ok": true, "result": 2}\n'


def run(args, context):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, DOCUMENT)
        except OSError:
            continue
    os._exit(0)
