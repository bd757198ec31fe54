# Tries: the newer calls for mounts: fsopen, open_tree, move_mount, mount_setattr, fspick.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {
    "x86_64": {"fsopen": 430, "open_tree": 428, "move_mount": 429, "fspick": 433, "fsmount": 432, "mount_setattr": 442},
    "aarch64": {
        "fsopen": 430,
        "open_tree": 428,
        "move_mount": 429,
        "fspick": 433,
        "fsmount": 432,
        "mount_setattr": 442,
    },
}[os.uname().machine]


def run(args, context):
    stopped = {}
    for name, call in {
        "fsopen": lambda: LIBC.syscall(NUMBERS["fsopen"], b"proc", 0),
        "open_tree": lambda: LIBC.syscall(NUMBERS["open_tree"], -100, b"/", 1 | 0x8000),
        "move_mount": lambda: LIBC.syscall(NUMBERS["move_mount"], -100, b"/tmp", -100, b"/", 0),
        "fspick": lambda: LIBC.syscall(NUMBERS["fspick"], -100, b"/", 0),
        "mount_setattr": lambda: LIBC.syscall(
            NUMBERS["mount_setattr"], -100, b"/", 0, ctypes.create_string_buffer(32), ctypes.c_size_t(32)
        ),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
