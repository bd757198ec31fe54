# Tries: a result so deep that whoever reads it runs out of stack.
def run(args, context):
    value = "bottom"
    for _ in range(200_000):
        value = [value]
    return value
