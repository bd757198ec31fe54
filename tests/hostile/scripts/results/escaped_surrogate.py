# Tries: half of a character, written as an escape.
import os

DOCUMENT = b"ok\n" + b'{"ok": true, "result": "\\ud83d"}'


def run(args, context):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, DOCUMENT)
        except OSError:
            continue
    os._exit(0)
