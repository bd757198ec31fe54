# Tries: a number of two hundred thousand digits, by hand.
import os

DOCUMENT = b"ok\n" + b'{"ok": true, "result": ' + b"9" * 200_000 + b"}"


def run(args, context):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, DOCUMENT)
        except OSError:
            continue
    os._exit(0)
