# Tries: to die of a wild pointer, leaving no result and perhaps a core.
import ctypes


def run(args, context):
    return ctypes.string_at(8)
