# Tries: to load a library that it wrote: harmless in itself, but nothing it runs may reach further than Python does.
import ctypes
import glob
import shutil
import sys


def run(args, context):
    for path in glob.glob(f"{sys.base_prefix}/lib/python3*/lib-dynload/*.so")[:1]:
        shutil.copy(path, "own.so")
        try:
            ctypes.CDLL("./own.so")
        except OSError as error:
            return {"stopped": type(error).__name__}
        return {"stopped": "harmless"}
    return {"stopped": "nothing"}
