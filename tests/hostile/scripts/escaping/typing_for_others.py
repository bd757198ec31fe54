# Tries: to type into the terminal of whoever started the product.
import ctypes
import errno

LIBC = ctypes.CDLL(None, use_errno=True)
TIOCSTI, TIOCLINUX, TIOCSCTTY = 0x5412, 0x541C, 0x540E


def run(args, context):
    stopped = {}
    for name, call in {
        "type0": lambda: LIBC.ioctl(0, TIOCSTI, b"x"),
        "type1": lambda: LIBC.ioctl(1, TIOCSTI, b"x"),
        "type2": lambda: LIBC.ioctl(2, TIOCSTI, b"x"),
        "console0": lambda: LIBC.ioctl(0, TIOCLINUX, b"x"),
        "console1": lambda: LIBC.ioctl(1, TIOCLINUX, b"x"),
        "console2": lambda: LIBC.ioctl(2, TIOCLINUX, b"x"),
        "terminal0": lambda: LIBC.ioctl(0, TIOCSCTTY, b"x"),
        "terminal1": lambda: LIBC.ioctl(1, TIOCSCTTY, b"x"),
        "terminal2": lambda: LIBC.ioctl(2, TIOCSCTTY, b"x"),
    }.items():
        if (answer := call()) >= 0:
            return {"escaped": f"{name}: {answer}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
    return {"stopped": stopped}
