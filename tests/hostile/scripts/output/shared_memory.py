# Tries: shared memory that stays when its maker is gone: System V, POSIX and its Python form.
import ctypes
import errno
from multiprocessing import shared_memory

LIBC = ctypes.CDLL(None, use_errno=True)


def run(args, context):
    stopped = {}
    for name, number in {
        "shmget": lambda: LIBC.shmget(0, ctypes.c_size_t(1 << 20), 0o1600),
        "semget": lambda: LIBC.semget(0, 32, 0o1600),
        "msgget": lambda: LIBC.msgget(0, 0o1600),
        "shm_open": lambda: LIBC.shm_open(b"/stays", 0o102, 0o600),
        "mq_open": lambda: LIBC.mq_open(b"/stays", 0o102, 0o600, None),
    }.items():
        if number() >= 0:
            return {"escaped": name}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    try:
        shared_memory.SharedMemory(create=True, size=1 << 20)
    except OSError as error:
        return {"stopped": stopped | {"python": errno.errorcode[error.errno]}}
    return {"escaped": "shared_memory"}
