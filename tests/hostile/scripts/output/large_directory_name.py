# Tries: names of the greatest length, thousands of them, in every alphabet.
import errno
import os


def run(args, context):
    stopped, made = set(), 0
    for length in (255, 256, 4096):
        try:
            os.mkdir("x" * length)
        except OSError as error:
            stopped.add(errno.errorcode[error.errno])
    for number in range(2000):
        open("é" * 100 + str(number), "w").close()
        made += 1
    return {"stopped": sorted(stopped), "made": made}
