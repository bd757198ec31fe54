# Tries: to be done while its threads go on, in the hope that the process does too.
import threading


def busy():
    while True:
        sum(range(10_000))


def run(args, context):
    for _ in range(4):
        threading.Thread(target=busy, daemon=False).start()
    return {"stopped": "returned"}
