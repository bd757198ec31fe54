# Tries: the flags of a thread with one more among them, for a filter that only asks whether they are there.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
THREAD = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000  # VM, FS, FILES, SIGHAND, THREAD, SYSVSEM
MORE = {
    "NEWNS": 0x20000,
    "NEWPID": 0x20000000,
    "NEWUTS": 0x4000000,
    "NEWIPC": 0x8000000,
    "NEWNET": 0x40000000,
    "PTRACE": 0x2000,
}


def run(args, context):
    stopped = {}
    stack = ctypes.create_string_buffer(65536)
    top = (ctypes.addressof(stack) + 65536 - 128) & ~15
    for name, flag in MORE.items():
        flags = ctypes.c_ulong((THREAD | flag) & ~0x200 if name == "NEWNS" else THREAD | flag)
        made = LIBC.syscall(CLONE, flags, ctypes.c_void_p(top), None, None, None)
        if made > 0:
            return {"escaped": f"{name}: {made}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
