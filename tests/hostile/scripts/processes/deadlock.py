# Tries: to wait for a lock that it holds itself.
import threading


def run(args, context):
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
