# Tries: a result that is short in characters and long in bytes.
def run(args, context):
    return "\U0001f600" * 70_000
