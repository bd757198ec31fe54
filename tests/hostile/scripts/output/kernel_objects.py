# Tries: objects that live in the kernel's memory: epoll, eventfd, timerfd, signalfd, inotify, POSIX timers.
import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)


def run(args, context):
    stopped = {}
    timer = ctypes.c_void_p()
    for name, make in {
        "epoll": lambda: LIBC.epoll_create1(0),
        "eventfd": lambda: LIBC.eventfd(0, 0),
        "timerfd": lambda: LIBC.timerfd_create(1, 0),
        "inotify": lambda: LIBC.inotify_init1(0),
        "timer": lambda: LIBC.timer_create(1, None, ctypes.byref(timer)),
    }.items():
        made = []
        while (number := make()) >= 0 and len(made) < 100_000:
            made.append(number)
        if number >= 0:
            return {"escaped": f"{len(made)} × {name}"}
        stopped[name] = errno.errorcode[ctypes.get_errno()]
        if name != "timer":
            for each in made:
                os.close(each)
    return {"stopped": stopped}
