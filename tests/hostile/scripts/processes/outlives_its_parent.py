# Tries: to take back the signal that comes when the parent dies, then to ignore all and stay.
import ctypes
import errno
import signal
import time

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1


def run(args, context):
    answer = LIBC.prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0)
    print("kept" if answer == 0 else errno.errorcode[ctypes.get_errno()], flush=True)
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        time.sleep(1)
