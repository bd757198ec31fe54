# Tries: a result that is a promise.
async def run(args, context):
    return {"later": True}
