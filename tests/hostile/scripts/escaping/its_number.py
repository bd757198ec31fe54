# Tries: to learn how many processes there are, and who its parent is.
import os


def run(args, context):
    if os.getpid() > 10 or os.getppid() > 1:
        return {"escaped": f"{os.getpid()} of {os.getppid()}"}
    return {"stopped": "few"}
