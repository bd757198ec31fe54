# Tries: to outlive its limit by ignoring every signal that can be ignored.
import signal


def run(args, context):
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        pass
