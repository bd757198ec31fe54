# Tries: to write the result itself in several guises, past the shim, and to leave.
import os

DOCUMENT = b"ok\n" + b'{"outcome": "ok", "ok": true, "result": {"forged": NaN}}'


def run(args, context):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, DOCUMENT)
        except OSError:
            continue
    os._exit(0)
