# Tries: to change the interpreter and its library, which every other script runs on.
import errno
import json
import os
import sys


def changed_mode(path):
    before = os.stat(path).st_mode
    os.chmod(path, 0o777)
    if os.stat(path).st_mode == before:
        raise OSError(errno.EPERM, "the mode stayed")


def run(args, context):
    stopped = set()
    library = os.path.dirname(os.__file__)
    for path in (
        json.__file__,
        f"{library}/sitecustomize.py",
        f"{library}/__pycache__/os.cpython-311.pyc",
        sys.executable,
        library,
    ):
        for change in (
            lambda path=path: os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)),
            lambda path=path: os.rename(path, path + ".old"),
            lambda path=path: changed_mode(path),
            lambda path=path: os.utime(path),
            lambda path=path: os.symlink("/tmp", path + ".link"),
        ):
            try:
                change()
            except OSError as error:
                stopped.add(errno.errorcode[error.errno])
            else:
                return {"escaped": path}
    return {"stopped": sorted(stopped)}
