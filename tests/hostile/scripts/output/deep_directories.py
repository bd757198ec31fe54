# Tries: directories in one another, deeper than any path can name, for whoever must clean up.
import errno
import os


def run(args, context):
    depth = 0
    while depth < 150_000:
        try:
            os.mkdir("d")
            os.chdir("d")
        except OSError as error:
            return {"stopped": errno.errorcode[error.errno], "depth": depth}
        depth += 1
    return {"escaped": f"{depth} deep"}
