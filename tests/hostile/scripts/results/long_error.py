# Tries: an error with a message of many megabytes, of a class whose name is one, too.
def run(args, context):
    raise type("E" * 1_000_000, (Exception,), {})("x" * 20_000_000)
