# Tries: to take the terminal of whoever started the product.
import errno
import os


def run(args, context):
    stopped = {}
    for name, call in {
        "tty": lambda: os.open("/dev/tty", os.O_RDWR),
        "ptmx": lambda: os.open("/dev/ptmx", os.O_RDWR),
        "owner": lambda: os.tcgetpgrp(0),
        "name": lambda: os.ttyname(0),
        "login": os.getlogin,
    }.items():
        try:
            answer = call()
        except OSError as error:
            stopped[name] = errno.errorcode[error.errno]
        else:
            return {"escaped": f"{name}: {answer}"}
    return {"stopped": stopped}
