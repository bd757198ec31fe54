# Tries: to hang for ever in the reading of an empty pipe.
import os


def run(args, context):
    end, _ = os.pipe()
    return os.read(end, 1).decode()
