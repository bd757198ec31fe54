# Tries: to write to the standard error without end.
import sys


def run(args, context):
    while True:
        sys.stderr.write("all work and no play\n" * 50)
