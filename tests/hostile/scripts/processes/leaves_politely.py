# Tries: to leave by SystemExit with a success.
import sys


def run(args, context):
    sys.exit(0)
