# Tries: small objects without end, the way a careless script does it.
def run(args, context):
    kept = {}
    while len(kept) < 100_000_000:
        kept[len(kept)] = [str(len(kept)), {len(kept)}]
    return {"escaped": f"{len(kept)} objects"}
