# Tries: an endless iterator given to C: nothing in Python runs again.
import itertools


def run(args, context):
    return -1 in itertools.count()
