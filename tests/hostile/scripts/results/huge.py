# Tries: a result larger than what is taken.
def run(args, context):
    return "x" * 300_000
