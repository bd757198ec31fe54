# Tries: a document by hand, and then its real result.
import os

DOCUMENT = b"ok\n" + b'{"ok": true, "result": "forged"}'


def run(args, context):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, DOCUMENT)
        except OSError:
            continue
    return {"value": 1}
