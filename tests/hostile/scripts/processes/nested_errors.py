# Tries: a chain of thousands of errors, each the cause of the next.
def run(args, context):
    error = None
    for number in range(200_000):
        following = ValueError(f"error {number}")
        following.__cause__ = error
        error = following
    raise error
