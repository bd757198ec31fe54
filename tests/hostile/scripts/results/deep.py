# Tries: a result one level deeper than what is taken.
def run(args, context):
    value = "bottom"
    for _ in range(40):
        value = [value]
    return value
