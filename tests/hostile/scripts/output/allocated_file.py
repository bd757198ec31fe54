# Tries: to reserve the disk in one call.
import errno
import os


def run(args, context):
    with open("allocated", "wb") as file:
        try:
            os.posix_fallocate(file.fileno(), 0, 4 << 30)
        except OSError as error:
            return {"stopped": errno.errorcode[error.errno]}
    return {"escaped": "4 GiB"}
