# Tries: to make the interpreter itself write without end.
import sys
import threading


def fail():
    raise ValueError("x" * 4096)


def run(args, context):
    threading.excepthook = lambda *each: sys.__excepthook__(each[0].exc_type, each[0].exc_value, None)
    while True:
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
