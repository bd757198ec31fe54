# Tries: a storm of timers whose handler never lets the runner's own code on.
import signal


def again(number, frame):
    signal.setitimer(signal.ITIMER_REAL, 0.00001)


def run(args, context):
    signal.signal(signal.SIGALRM, again)
    signal.setitimer(signal.ITIMER_REAL, 0.00001, 0.00001)
    while True:
        pass
