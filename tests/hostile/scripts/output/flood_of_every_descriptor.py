# Tries: to write without end to whatever descriptor takes it, the one of the result among them.
import os


def run(args, context):
    open_ones = []
    for descriptor in range(3, 256):
        try:
            os.write(descriptor, b" ")
        except OSError:
            continue
        open_ones.append(descriptor)
    while True:
        for descriptor in open_ones or [1]:
            os.write(descriptor, b" " * 65536)
