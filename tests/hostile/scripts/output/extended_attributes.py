# Tries: to store in attributes of files, which no limit of size counts.
import errno
import os


def run(args, context):
    open("file", "w").close()
    stored = 0
    try:
        while stored < 1 << 28:
            os.setxattr("file", f"user.x{stored}", b"x" * 65536)
            stored += 65536
    except OSError as error:
        return {"stopped": errno.errorcode[error.errno], "stored": stored}
    return {"escaped": f"{stored} bytes"}
