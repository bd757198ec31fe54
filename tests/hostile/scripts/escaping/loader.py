# Tries: to start a program through the dynamic loader, as a library is data for the filter of programs.
import errno
import glob
import os


def run(args, context):
    loaders = [
        *glob.glob("/lib*/ld-linux*"),
        *glob.glob("/lib/*/ld-linux*"),
        *glob.glob("/usr/lib*/ld-linux*"),
        *glob.glob("/usr/lib/*/ld-linux*"),
    ]
    stopped = {"searched": "ENOENT"}
    for path in loaders:
        try:
            os.execve(path, [path, "/proc/self/exe", "-c", "print('became another')"], {})
        except OSError as error:
            stopped[path] = errno.errorcode[error.errno]
    return {"stopped": sorted(set(stopped.values()))}
