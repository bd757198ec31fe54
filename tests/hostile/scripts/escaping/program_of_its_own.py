# Tries: to write a program, with the bit that runs it as its owner, and to start it.
import errno
import os
import sys


def run(args, context):
    stopped = {}
    for name, mode in {"plain": 0o755, "setuid": 0o6755}.items():
        path = os.path.abspath(f"program-{name}")
        with open(path, "wb") as file, open(os.path.realpath(sys.executable or "/usr/bin/python3"), "rb") as source:
            file.write(source.read(1 << 20))
        try:
            os.chmod(path, mode)
            os.execve(path, [path], {})
        except OSError as error:
            stopped[name] = errno.errorcode[error.errno]
    return {"stopped": stopped}
