# Tries: an infinity somewhere deep.
def run(args, context):
    return [[{"high": 1e308 * 10}]]
