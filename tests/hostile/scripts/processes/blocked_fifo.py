# Tries: to hang for ever in the opening of a FIFO that nobody writes to.
import errno
import os


def run(args, context):
    try:
        os.mkfifo("fifo")
    except OSError as error:
        return {"stopped": errno.errorcode[error.errno]}
    with open("fifo"):
        return {"escaped": "somebody wrote"}
