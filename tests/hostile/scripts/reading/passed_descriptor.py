# Tries: the descriptor that the runner forgot to close, whose number it was told.
import errno
import os


def run(args, context):
    try:
        return {"escaped": os.pread(args["descriptor"], 100, 0).decode()}
    except OSError as error:
        return {"stopped": errno.errorcode[error.errno]}
