# Tries: to outlive its limit by blocking every signal, in every thread.
import signal
import threading


def busy():
    signal.pthread_sigmask(signal.SIG_SETMASK, range(1, 65))
    while True:
        sum(range(1000))


def run(args, context):
    for _ in range(3):
        threading.Thread(target=busy).start()
    busy()
