# Tries: to leave with a success and no result.
import os


def run(args, context):
    os._exit(0)
