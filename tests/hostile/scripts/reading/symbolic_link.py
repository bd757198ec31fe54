# Tries: a symbolic link to what lies outside.
import errno
import os


def run(args, context):
    os.symlink(args["file"], "link")
    os.symlink("/proc/1/root" + args["file"], "root")
    stopped = set()
    for name in ("link", "root"):
        try:
            with open(name) as file:
                return {"escaped": file.read()}
        except OSError as error:
            stopped.add(errno.errorcode[error.errno])
    return {"stopped": sorted(stopped)}
