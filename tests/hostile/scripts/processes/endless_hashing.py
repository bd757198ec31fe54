# Tries: all processors at once, by threads that leave the interpreter's lock.
import hashlib
import threading


def burn():
    block = bytes(16 << 20)
    while True:
        hashlib.sha512(block).digest()


def run(args, context):
    for _ in range(8):
        threading.Thread(target=burn, daemon=True).start()
    burn()
