# Tries: a mark of order in front of a document that is right.
import os

DOCUMENT = b"ok\n" + b"\xef\xbb\xbf" + b'{"ok": true, "result": 1}'


def run(args, context):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, DOCUMENT)
        except OSError:
            continue
    os._exit(0)
