# Tries: a hard link to what lies outside.
import errno
import os


def run(args, context):
    try:
        os.link(args["file"], "link")
    except OSError as error:
        return {"stopped": errno.errorcode[error.errno]}
    with open("link") as file:
        return {"escaped": file.read()}
