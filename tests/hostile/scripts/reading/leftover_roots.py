# Tries: what the launcher may have left of the old root: mounts, directories, the working directory.
import errno
import os


def run(args, context):
    stopped = set()
    for place in (
        "/oldroot",
        "/newroot",
        "/old_root",
        "/.old",
        "/put_old",
        "/tmp/oldroot",
        "/tmp/newroot",
        "/bindfile",
        "/proc/1/cwd",
    ):
        try:
            return {"escaped": [place, *os.listdir(place)]}
        except OSError as error:
            stopped.add(errno.errorcode[error.errno])
    directory = os.open("/", os.O_RDONLY)
    os.fchdir(directory)
    for _ in range(20):
        os.chdir("..")
    if os.path.exists(args["file"].lstrip("/")):
        return {"escaped": os.listdir(".")}
    return {"stopped": sorted(stopped)}
