# Tries: to hold its place, each sleep begun anew by libc whatever comes.
import ctypes

LIBC = ctypes.CDLL(None)


def run(args, context):
    while True:
        LIBC.sleep(3600)
