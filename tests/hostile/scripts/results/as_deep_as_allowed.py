# Tries: nothing forbidden: a result as deep and as large as results may be.
def run(args, context):
    value = "bottom"
    for _ in range(28):
        value = {"level": value}
    return {"deep": value, "large": "x" * 200_000}
