# Tries: a regular expression that takes exponential time, in C.
import re


def run(args, context):
    return bool(re.match(r"(a+)+$", "a" * 64 + "b"))
