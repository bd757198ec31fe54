# Tries: a result of a million small things.
def run(args, context):
    return {str(number): None for number in range(1_000_000)}
