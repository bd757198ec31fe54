# Tries: to find in its own arguments what the runner was told.
import sys


def run(args, context):
    told = [each for each in [*sys.argv, *sys.orig_argv] if "def run(" in each or "secret" in each or len(each) > 200]
    return {"escaped": told} if told else {"stopped": "nothing", "arguments": sys.orig_argv}
