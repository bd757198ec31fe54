# Tries: to act on files as another (setfsuid answers with the old one, so a second call tells).
import ctypes
import errno

LIBC = ctypes.CDLL(None, use_errno=True)


def run(args, context):
    stopped = {}
    for name, call in {
        "user": lambda: LIBC.setfsuid(4242) * 0 + (0 if LIBC.setfsuid(-1) == 4242 else -1),
        "group": lambda: LIBC.setfsgid(4242) * 0 + (0 if LIBC.setfsgid(-1) == 4242 else -1),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode.get(ctypes.get_errno(), "nothing")
    return {"stopped": stopped}
