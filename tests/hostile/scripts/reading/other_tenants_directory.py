# Tries: to list the directory where another business keeps its files.
import errno
import os


def run(args, context):
    try:
        return {"escaped": os.listdir(args["directories"][0])}
    except OSError as error:
        return {"stopped": errno.errorcode[error.errno]}
