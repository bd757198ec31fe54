# Tries: one expression that asks for gigabytes at once.
def run(args, context):
    stopped = {}
    for name, make in {
        "format": lambda: f"{1:>{8 << 30}}",
        "bytes": lambda: b"x" * (8 << 30),
        "integer": lambda: 1 << (64 << 30),
    }.items():
        try:
            make()
        except (MemoryError, OverflowError) as error:
            stopped[name] = type(error).__name__
        else:
            return {"escaped": name}
    return {"stopped": stopped}
