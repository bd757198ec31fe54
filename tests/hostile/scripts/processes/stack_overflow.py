# Tries: recursion so deep that the stack of C is at its end, the interpreter's own limit lifted.
import sys


def down(level):
    return sorted([1, 2], key=lambda _: down(level + 1))


def run(args, context):
    sys.setrecursionlimit(2**31 - 1)
    return down(0)
