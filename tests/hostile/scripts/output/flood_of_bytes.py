# Tries: output that is no text: every byte there is, again and again.
import os


def run(args, context):
    for _ in range(256):
        os.write(1, bytes(range(256)))
        os.write(2, bytes(range(255, -1, -1)))
    return {"stopped": "returned"}
