# Tries: NaN and the infinities, which JSON does not know.
def run(args, context):
    return {"price": float("nan"), "low": float("-inf"), "high": float("inf")}
