# Tries: a result that is made only when it is read.
def run(args, context):
    return (number for number in iter(int, 1))
