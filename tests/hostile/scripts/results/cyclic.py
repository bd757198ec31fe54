# Tries: a result that contains itself.
def run(args, context):
    value = {}
    value["me"] = value
    return value
