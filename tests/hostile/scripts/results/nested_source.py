# Tries: a source so nested that the parser itself runs out of stack.
NESTED = eval("(" * 150 + "1" + ")" * 150)
DEEP = eval("-" * 100_000 + "1") if NESTED else 0


def run(args, context):
    return {"value": DEEP}
