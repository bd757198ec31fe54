# Tries: to die of abort(3).
import os


def run(args, context):
    os.abort()
