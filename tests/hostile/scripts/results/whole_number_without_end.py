# Tries: a number of a hundred thousand digits, which takes its reader quadratic time.
import sys


def run(args, context):
    sys.set_int_max_str_digits(0)
    return {"number": 10**100_000}
