# Tries: a NUL in a name.
def run(args, context):
    return {"visible\0hidden": 1}
