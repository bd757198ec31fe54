# Tries: to read the start of its own stack, where the kernel once laid the arguments and the environment.
import ctypes

LIBC = ctypes.CDLL(None)
LIBC.getauxval.restype = ctypes.c_ulong
AT_EXECFN = 31


def run(args, context):
    name = LIBC.getauxval(AT_EXECFN)
    start, end = name & ~4095, (name & ~4095) + 4096
    memory = ctypes.string_at(start - 8192, end - start + 8192 - 8)
    words = [each.decode(errors="replace") for each in memory.split(b"\0") if len(each) > 6]
    return {"stopped": "nothing", "words": [each for each in words if each.isprintable()][-40:]}
