# Tries: bytes that are no UTF-8: overlong, cut short, alone.
import os

DOCUMENT = b"ok\n" + b'{"ok": true, "result": "\xc0\xaf \xe2\x82 \xff \xed\xa0\x80"}'


def run(args, context):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, DOCUMENT)
        except OSError:
            continue
    os._exit(0)
