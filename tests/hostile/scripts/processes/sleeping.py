# Tries: to hold its place by doing nothing.
import time


def run(args, context):
    time.sleep(args["sleep"])
    return {"escaped": "it slept to its end"}
