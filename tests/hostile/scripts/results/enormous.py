# Tries: a result of two hundred megabytes.
def run(args, context):
    return ["x" * 1_000_000] * 200
