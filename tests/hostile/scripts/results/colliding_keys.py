# Tries: names that become the same on the way: 1 and "1", True and "true".
def run(args, context):
    return {1: "number", "1": "text", True: "truth", None: "nothing", "null": "text"}
