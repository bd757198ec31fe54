# Tries: to switch the machine off, or to give it another kernel.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {
    "x86_64": {"reboot": 169, "kexec_load": 246, "kexec_file_load": 320},
    "aarch64": {"reboot": 142, "kexec_load": 104, "kexec_file_load": 294},
}[os.uname().machine]


def run(args, context):
    stopped = {}
    for name, call in {
        "libc": lambda: LIBC.reboot(0x89ABCDEF - (1 << 32)),
        "number": lambda: LIBC.syscall(
            NUMBERS["reboot"], ctypes.c_ulong(0xFEE1DEAD), 672274793, 0x89ABCDEF - (1 << 32), None
        ),
        "kexec": lambda: LIBC.syscall(NUMBERS["kexec_load"], None, 0, None, 0),
        "file": lambda: LIBC.syscall(NUMBERS["kexec_file_load"], 0, 0, 0, None, 0),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
