# Tries: a NUL in a string, where a database or a library ends it.
def run(args, context):
    return {"name": "visible\0hidden"}
