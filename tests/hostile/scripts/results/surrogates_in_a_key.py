# Tries: half of a character in a name, and the halves in the wrong order.
def run(args, context):
    return {"\udc80": "\ude00\ud83d"}
