# Tries: programs for the kernel.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {"x86_64": {"bpf": 321}, "aarch64": {"bpf": 280}}[os.uname().machine]


def run(args, context):
    stopped = {}
    for name, call in {
        "map": lambda: LIBC.syscall(
            NUMBERS["bpf"], 0, ctypes.create_string_buffer(b"\x02\0\0\0\x04\0\0\0\x04\0\0\0\x01\0\0\0", 128), 128
        ),
        "load": lambda: LIBC.syscall(NUMBERS["bpf"], 5, ctypes.create_string_buffer(128), 128),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
