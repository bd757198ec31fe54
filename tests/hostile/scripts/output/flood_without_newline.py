# Tries: to print one line without end, for a reader that waits for its newline.
import sys


def run(args, context):
    while True:
        sys.stdout.write("x" * 65536)
