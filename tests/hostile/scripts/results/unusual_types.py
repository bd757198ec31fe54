# Tries: values of Python that JSON does not know.
def run(args, context):
    return {"set": {1, 2}, "bytes": b"x", "object": object(), "type": int}
